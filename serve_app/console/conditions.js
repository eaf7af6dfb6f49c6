// Conditions on posts that come with the page's address, as a link from a chart has them. What a
// field of the form can hold goes there; what none can is shown beside as a button that takes it away.
import { button, find, make } from "./elements.js";
import { moment, text as words } from "./texts.js";

let further = [];

export const furtherConditions = () => further;

export const clearFurther = () => {
  further = [];
  find("further").replaceChildren();
};

export function takeFromAddress(form) {
  for (const [name, value] of new URLSearchParams(location.search))
    if (!fits(form.elements[name], value)) further.push([name, value]);
}

// A date field refuses a time, a select what it does not offer: both are empty then.
function fits(field, value) {
  if (!field || field.dataset.given) return false;
  const before = field.value;
  field.value = value;
  if (field.value !== value) {
    field.value = before;
    return false;
  }
  field.dataset.given = "true";
  field.closest("details")?.setAttribute("open", "");
  return true;
}

// `changed` is called after one was taken away.
export function showFurther(changed) {
  const chips = further.map((condition) => {
    const said = `${words(`kept.${condition[0]}`)}: ${shown(condition)}`;
    const chip = button(`${said} ×`, () => {
      further = further.filter((each) => each !== condition);
      showFurther(changed);
      changed();
    }, "chip");
    chip.setAttribute("aria-label", words("kept.remove", { condition: said }));
    return make("li", "", chip);
  });
  find("further").replaceChildren(...chips);
}

function shown([name, value]) {
  const isTime = (name === "since" || name === "until") && !Number.isNaN(Date.parse(value));
  return isTime ? moment(value) : value;
}
