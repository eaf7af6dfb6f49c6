// Elements found and made. Text is only ever set as text, so nothing in a post can become markup.

export const find = (id) => document.getElementById(id);

export const make = (tag, className, ...children) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

export const button = (label, press, className = "") => {
  const element = make("button", className, label);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
};

export const link = (href, ...children) => {
  const element = make("a", "", ...children);
  element.href = href;
  return element;
};
