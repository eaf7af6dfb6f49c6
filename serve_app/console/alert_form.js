// The dialog in which a rule is made or edited.
import { find, make } from "./elements.js";
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
export async function openForm(rule, done) {
  const { items } = await call("v1/webhooks");
  [edited, kept] = [rule, done];
  form.reset();
  find("rule_problem").hidden = true;
  find("rule_title").textContent = rule ? rule.name : words("alerts.new");
  const { webhooks = null, ...fields } = { ...rule, ...rule?.scope };
  for (const [name, value] of Object.entries(fields))
    if (form.elements[name] && value !== null) form.elements[name].value = value;
  offerWebhooks(items, webhooks);
  dialog.showModal();
}

// A box for each webhook of the workspace; `told` are the ids that the rule names, or null for all.
function offerWebhooks(webhooks, told) {
  find("webhooks").replaceChildren(...webhooks.map(({ id, description, url }) => {
    const box = make("input");
    Object.assign(box, { type: "checkbox", name: "webhook", value: id, checked: told?.includes(id) });
    return make("label", "", box, ` ${description || url}`);
  }));
  form.elements.all_webhooks.checked = told === null;
  showWebhooks();
}

const showWebhooks = () => {
  find("webhooks").hidden = form.elements.all_webhooks.checked;
};

function body() {
  const given = Object.fromEntries(new FormData(form));
  const scope = SCOPE.map((name) => [name, given[name].trim()]).filter(([, value]) => value);
  const { name, measure, direction, sensitivity, min_change: least } = given;
  return {
    name, measure, direction, sensitivity,
    scope: Object.fromEntries(scope),
    min_change: least === "" ? null : Number(least),
    webhooks: given.all_webhooks ? null : new FormData(form).getAll("webhook"),
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
form.elements.all_webhooks.addEventListener("change", showWebhooks);
find("rule_cancel").addEventListener("click", () => dialog.close());
