// The page of API keys: made, shown once, given new secrets, revoked; and what was asked for with them.
import { button, find, make } from "./elements.js";
import { accept, begin, refuse } from "./page.js";
import { call } from "./requests.js";
import { moment, text as words } from "./texts.js";
import { lookAtUsage } from "./usage.js";

const SCOPES = ["analyze", "posts:read", "posts:write", "jobs", "admin"];
const form = find("form");
const dialog = find("dialog");

async function look() {
  try {
    const keys = (await call("v1/keys")).items;
    showKeys(keys);
    await lookAtUsage(keys);
  } catch (problem) {
    return refuse(problem);
  }
  accept();
}

function showKeys(keys) {
  find("no_keys").hidden = keys.length > 0;
  find("keys").replaceChildren(...keys.map(keyCard));
}

function keyCard(key) {
  const scopes = key.scopes.map(scopeName).join(", ");
  const card = make("li", `card key ${key.in_force ? "good" : "ended"}`,
    make("h3", "", key.name),
    quiet(words("keys.begins", { hint: key.hint }), stateOf(key)),
    quiet(scopes));
  if (key.in_force) card.append(make("div", "bar acts",
    button(words("keys.rotate"), () => rotate(key)),
    button(words("keys.revoke"), () => revoke(key))));
  return card;
}

const quiet = (...parts) => make("p", "quiet", parts.filter(Boolean).join(" · "));
const scopeName = (scope) => words(`scopes.${scope.replace(":", "_")}`);
const day = (time) => moment(time, { dateStyle: "medium" });

function stateOf({ in_force: good, revoked_at: revoked, expires_at: expires, previous_until: previous }) {
  if (revoked) return words("keys.revoked", { day: day(revoked) });
  if (!good) return words("keys.expired", { day: day(expires) });
  const until = expires ? words("keys.until", { day: day(expires) }) : words("keys.good");
  const overlaps = previous && new Date(previous) > new Date();
  return overlaps ? `${until} · ${words("keys.previous", { time: moment(previous) })}` : until;
}

// Shows a key; it is in no answer after this one.
function showSecret({ name, key }) {
  find("made").replaceChildren(make("h3", "", name), make("p", "", make("code", "", key)),
    make("p", "", words("keys.once")), ...copying(key));
  find("made").hidden = false;
}

// A button that copies it, where the browser lets a page: over https and on loopback.
function copying(key) {
  if (!navigator.clipboard) return [];
  const copied = make("span", "quiet");
  const copy = button(words("keys.copy"), async () => {
    await navigator.clipboard.writeText(key);
    copied.textContent = words("keys.copied");
  });
  return [make("div", "bar acts", copy, copied)];
}

async function rotate({ id }) {
  if (!window.confirm(words("keys.sure_rotate"))) return;
  await act(async () => showSecret(await call(`v1/keys/${id}:rotate`, { method: "POST", body: {} })));
}

async function revoke({ id }) {
  if (!window.confirm(words("keys.sure_revoke"))) return;
  await act(() => call(`v1/keys/${id}`, { method: "DELETE" }));
}

async function act(change) {
  try {
    await change();
  } catch (problem) {
    return refuse(problem);
  }
  await look();
}

function openForm() {
  form.reset();
  find("form_problem").hidden = true;
  dialog.showModal();
}

async function submit(event) {
  event.preventDefault();
  const given = new FormData(form);
  const body = { name: given.get("name"), scopes: given.getAll("scope") };
  if (given.get("days")) body.expires_in_days = Number(given.get("days"));
  try {
    showSecret(await call("v1/keys", { method: "POST", body }));
  } catch (problem) {
    return refuse(problem, find("form_problem"));
  }
  dialog.close();
  await look();
}

// A box for each scope; all but the last are chosen, which makes keys itself.
function offerScopes() {
  find("scopes").replaceChildren(...SCOPES.map((scope) => {
    const box = make("input");
    Object.assign(box, { type: "checkbox", name: "scope", value: scope, defaultChecked: scope !== "admin" });
    return make("label", "", box, ` ${scopeName(scope)}`);
  }));
}

async function show() {
  offerScopes();
  await look();
}

find("asked").addEventListener("change", look);
find("new").addEventListener("click", openForm);
find("cancel").addEventListener("click", () => dialog.close());
form.addEventListener("submit", submit);
await begin(show);
