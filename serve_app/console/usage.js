// What was asked for by key and by day, and what is left of the limits of keys, as tables.
import { find, make } from "./elements.js";
import { offer } from "./page.js";
import { call } from "./requests.js";
import { counted, moment, number, text as words } from "./texts.js";

const DAYS = [31, 7, 92];
const DAY_MS = 86_400_000;
const COUNTS = ["posts", "characters", "requests"];
const ALL = "";
const NO_KEY = "none";
const { days: daysBack, key: chosen } = find("asked").elements;

// Asks for the days that are chosen, and shows them; `keys` are those that are listed.
export async function lookAtUsage(keys) {
  offer(daysBack, DAYS, (days) => counted("trends.days", days));
  const since = new Date(Date.now() - (daysBack.value - 1) * DAY_MS).toISOString().slice(0, 10);
  const usage = await call(`v1/usage?since=${since}`);
  const names = namesOf(keys, usage.items);
  offer(chosen, [ALL, ...names.keys()], (id) => names.get(id) ?? words("usage.all_keys"));
  find("no_usage").hidden = usage.items.length > 0;
  find("usage").replaceChildren(byKey(keys, usage, names), ...byDay(usage.items, names));
}

const idOf = ({ key }) => key ?? NO_KEY;

// Keys by their ids: those in force, and whatever else was asked for something with.
function namesOf(keys, items) {
  const used = new Set(items.map(idOf));
  const listed = keys.filter((key) => key.in_force || used.has(key.id));
  const names = new Map(listed.map(({ id, name }) => [id, name]));
  for (const id of used) if (!names.has(id))
    names.set(id, words(id === NO_KEY ? "usage.no_key" : "usage.gone_key"));
  return names;
}

function byKey(keys, { items, total, months }, names) {
  const rows = [...names].map(([id, name]) => {
    const counts = sum(items.filter((item) => idOf(item) === id));
    return row(name, counts, limitsOf(keys.find((key) => key.id === id), months.find(({ key }) => key === id)));
  });
  return table(words("usage.by_key"), ["usage.of", ...columns, "usage.limits"], rows, row(words("usage.total"), total, ""));
}

// Of the chosen key, the newest day first.
function byDay(items, names) {
  const shown = items.filter((item) => chosen.value === ALL || idOf(item) === chosen.value);
  if (!shown.length) return [];
  const days = [...new Set(shown.map(({ day }) => day))].sort().reverse();
  const rows = days.map((day) => row(dayName(day), sum(shown.filter((item) => item.day === day))));
  const caption = [words("usage.by_day"), names.get(chosen.value)].filter(Boolean).join(" · ");
  return [table(caption, ["usage.day", ...columns], rows, row(words("usage.total"), sum(shown)))];
}

const columns = COUNTS.map((name) => `usage.${name}`);
const dayName = (day) => moment(day, { dateStyle: "medium", timeZone: "UTC" });
const sum = (items) => Object.fromEntries(COUNTS.map((name) =>
  [name, items.reduce((all, item) => all + item[name], 0)]));

// What a key may send, and how much of the month is left; of one without limits, that there are none.
function limitsOf(key, month) {
  if (!key) return "";
  const said = [];
  if (key.posts_per_minute !== null) said.push(words("usage.per_minute", { n: number(key.posts_per_minute) }));
  for (const name of ["posts", "characters"]) {
    const limit = month?.[`${name}_per_month`] ?? null;
    const left = number(month?.[`${name}_left`] ?? 0);
    if (limit !== null) said.push(words(`usage.${name}_left`, { left, limit: number(limit) }));
  }
  if (month) said.push(words("usage.until", { day: dayName(month.renews_at) }));
  return said.join(" · ") || words("usage.no_limits");
}

function row(name, counts, ...more) {
  const first = make("th", "", name);
  first.scope = "row";
  const cells = [...COUNTS.map((count) => number(counts[count])), ...more];
  return make("tr", "", first, ...cells.map((cell) => make("td", "", cell)));
}

// A table that scrolls by itself, also with the keyboard.
function table(caption, names, rows, total) {
  const head = names.map((name) => {
    const cell = make("th", "", words(name));
    cell.scope = "col";
    return cell;
  });
  const region = make("div", "card scroll", make("table", "",
    make("caption", "", caption), make("thead", "", make("tr", "", ...head)),
    make("tbody", "", ...rows), make("tfoot", "", total)));
  Object.assign(region, { tabIndex: 0, role: "region", ariaLabel: caption });
  return region;
}
