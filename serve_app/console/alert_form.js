// The dialog in which a rule is made or edited.
import { find } from "./elements.js";
import { offer, refuse } from "./page.js";
import { call } from "./requests.js";
import { emotions, text as words, tones } from "./texts.js";
import { measureName, measures } from "./watched.js";

const SCOPE = ["author", "tag", "entity", "keyword", "hashtag"];
const NUMBERS = ["window_hours", "min_posts", "delay_hours"];
const DIRECTIONS = ["either", "above", "below"];
const SENSITIVITIES = ["medium", "low", "high"];
const dialog = find("rule");
const form = find("rule_form");

let edited = null;
let kept = () => {};

export function sayForm() {
  const { measure, direction, sensitivity } = form.elements;
  offer(measure, measures(emotions(), tones()), measureName);
  offer(direction, DIRECTIONS, (value) => words(`directions.${value}`));
  offer(sensitivity, SENSITIVITIES, (value) => words(`sensitivities.${value}`));
}

// Opens the dialog on a rule, or for a new one; `done` is called after it was kept.
export function openForm(rule, done) {
  [edited, kept] = [rule, done];
  form.reset();
  find("rule_problem").hidden = true;
  find("rule_title").textContent = rule ? rule.name : words("alerts.new");
  for (const [name, value] of Object.entries({ ...rule, ...rule?.scope }))
    if (form.elements[name] && value !== null) form.elements[name].value = value;
  dialog.showModal();
}

function body() {
  const given = Object.fromEntries(new FormData(form));
  const scope = SCOPE.map((name) => [name, given[name].trim()]).filter(([, value]) => value);
  const { name, measure, direction, sensitivity, min_change: least } = given;
  return {
    name, measure, direction, sensitivity,
    scope: Object.fromEntries(scope),
    min_change: least === "" ? null : Number(least),
    ...Object.fromEntries(NUMBERS.map((each) => [each, Number(given[each])])),
  };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const [path, method] = edited ? [`v1/alerts/${edited.id}`, "PATCH"] : ["v1/alerts", "POST"];
  try {
    await call(path, { method, body: body() });
  } catch (problem) {
    return refuse(problem, find("rule_problem"));
  }
  dialog.close();
  await kept();
});
find("rule_cancel").addEventListener("click", () => dialog.close());
