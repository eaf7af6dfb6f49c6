// The page of alarms: what rules have found, and the rules themselves.
import { openForm, sayForm } from "./alert_form.js";
import { eventCard, ruleCard } from "./alert_views.js";
import { find } from "./elements.js";
import { accept, begin, refuse } from "./page.js";
import { call } from "./requests.js";
import { text as words } from "./texts.js";

const PAGE = 20;

let cursor = null;

async function look() {
  try {
    const [rules, events] = await Promise.all([
      call("v1/alerts"), call(`v1/alerts/events?limit=${PAGE}`)]);
    keepFocus(() => {
      showRules(rules.items);
      find("alarms").replaceChildren();
      append(events);
    });
    find("no_alarms").hidden = events.items.length > 0;
  } catch (problem) {
    return refuse(problem);
  }
  accept();
}

async function more() {
  try {
    append(await call(`v1/alerts/events?${new URLSearchParams({ limit: PAGE, cursor })}`));
  } catch (problem) {
    refuse(problem);
  }
}

function append({ items, next_cursor: next }) {
  cursor = next;
  find("more").hidden = next === null;
  find("alarms").append(...items.map((event) => named(event, eventCard(event, () => see(event)))));
}

function showRules(rules) {
  find("no_rules").hidden = rules.length > 0;
  find("rules").replaceChildren(...rules.map((rule) => named(rule, ruleCard(rule, {
    edit: () => open(rule),
    toggle: () => act(`v1/alerts/${rule.id}`, { method: "PATCH", body: { enabled: !rule.enabled } }),
    remove: () => window.confirm(words("alerts.sure")) && act(`v1/alerts/${rule.id}`, { method: "DELETE" }),
  }))));
}

function named({ id }, card) {
  card.dataset.id = id;
  return card;
}

// Draws the cards anew; the focus stays at the same button of the same card.
function keepFocus(draw) {
  const pressed = document.activeElement;
  const card = pressed.closest("[data-id]");
  const at = card ? [...card.querySelectorAll("button")].indexOf(pressed) : -1;
  draw();
  if (at >= 0) document.querySelector(`[data-id="${card.dataset.id}"]`)?.querySelectorAll("button")[at]?.focus();
}

const see = ({ id }) => act(`v1/alerts/events/${id}:acknowledge`, { method: "POST" });

async function act(path, options) {
  try {
    await call(path, options);
  } catch (problem) {
    return refuse(problem);
  }
  await look();
}

const open = (rule) => openForm(rule, look).catch((problem) => refuse(problem));

async function show() {
  sayForm();
  await look();
}

find("new").addEventListener("click", () => open(null));
find("more").addEventListener("click", more);
document.addEventListener("visibilitychange", () => document.hidden || look());
await begin(show);
