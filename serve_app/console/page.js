// What the pages of kept posts share: their language, their problems, the reader's API key.
import { find, make } from "./elements.js";
import { UNREACHABLE, rememberKey } from "./requests.js";
import { preferredLanguage, rememberLanguage, text as words, useLanguage } from "./texts.js";

// Says what is wrong, where, and how to mend it. A request that was given up is no problem; a fault
// of the page itself is none of the service, and goes to the browser's console.
export function refuse(problem, place = find("problem")) {
  if (problem.name === "AbortError") return;
  if (problem instanceof Error) throw problem;
  const told = problem === UNREACHABLE ? {
    title: words("unreachable.title"), detail: words("unreachable.detail"), fix: words("unreachable.fix") } : problem;
  place.replaceChildren(make("strong", "", told.title), make("p", "", told.detail), make("p", "", told.fix));
  place.hidden = false;
  if (told.status === 401) find("access").hidden = false;
}

export const accept = () => {
  find("problem").hidden = find("access").hidden = true;
};

// Speaks the reader's language; `show` is called now, and whenever the language or the key changes.
export async function begin(show) {
  find("access").addEventListener("submit", (event) => {
    event.preventDefault();
    rememberKey(find("key").value.trim());
    show();
  });
  find("language").addEventListener("change", async ({ target }) => {
    rememberLanguage(target.value);
    await speak(target.value, show);
  });
  await speak(preferredLanguage(), show);
}

async function speak(code, show) {
  await useLanguage(code);
  document.documentElement.lang = find("language").value = code;
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = words(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", words(element.dataset.label));
  await show();
}

// Fills a select, keeping what is chosen; `say` gives the text of a value.
export function offer(select, values, say) {
  const chosen = select.value;
  select.replaceChildren(...values.map((value) => new Option(say(value), value)));
  select.value = values.map(String).includes(chosen) ? chosen : values[0];
}
