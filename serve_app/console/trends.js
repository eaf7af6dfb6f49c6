// The page of trends: a measure over time as charts or tables, and the terms that rise and fall.
import { changing } from "./changing.js";
import { chartFigure, clearCharts, tableFigure } from "./chart.js";
import { find, make } from "./elements.js";
import { accept, begin, offer, refuse } from "./page.js";
import { plots } from "./plots.js";
import { call } from "./requests.js";
import { counted, text as words } from "./texts.js";

const PAUSE_MS = 300;
const MEASURES = ["sentiment", "posts", "tone", "emotions", "entities", "keywords", "hashtags", "share", "ease", "words"];
const BUCKETS = ["week", "hour", "day", "month"];
const DAYS = [7, 1, 30, 92];
const MOST_TERMS = 10;
const NAMES = { posts: "entity", sentiment: "entity", entities: "entity", keywords: "keyword", hashtags: "hashtag", share: "share_of" };
const LISTS = ["entities", "keywords", "hashtags"];
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const form = find("asked");

let timer;
let running = new AbortController();
let shown = null;
let arrived = false;

const later = () => {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE_MS);
};

const given = () => Object.fromEntries(
  [...new FormData(form)].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));

function trendOf({ days, names, ...asked }) {
  const parameters = new URLSearchParams({ ...asked, tz: ZONE });
  const name = NAMES[asked.measure];
  for (const each of LISTS.includes(asked.measure) ? (names ?? "").split(",") : [names ?? ""])
    if (name && each.trim()) parameters.append(name, each.trim());
  return parameters;
}

function termsOf({ days, author, tag, until }) {
  const named = Object.entries({ days, author, tag, until }).filter(([, value]) => value);
  return new URLSearchParams([...named, ["limit", MOST_TERMS]]);
}

async function look() {
  running.abort();
  running = new AbortController();
  const asked = given();
  history.replaceState(null, "", `?${new URLSearchParams(asked)}`);
  const isAsking = asked.measure === "share" && !asked.names;
  find("ask_names").hidden = !isAsking;
  try {
    const { signal } = running;
    const [trend, terms] = await Promise.all([
      isAsking ? null : call(`v1/trends?${trendOf(asked)}`, { signal }),
      call(`v1/trends/terms?${termsOf(asked)}`, { signal }),
    ]);
    shown = trend && { ...trend, shared: sharedConditions(asked) };
    find("changing").replaceChildren(...changing(terms));
  } catch (problem) {
    return refuse(problem);
  }
  accept();
  paint();
}

// What finds the posts of all lines, besides their time.
function sharedConditions({ measure, names }) {
  return names && (measure === "posts" || measure === "sentiment") ? { entity: names } : {};
}

function paint() {
  clearCharts();
  const hasPosts = shown?.series.some(({ total }) => total.posts);
  find("none").hidden = !shown || hasPosts;
  const figure = find("as_table").checked ? tableFigure : chartFigure;
  find("plots").replaceChildren(...(hasPosts ? plots(shown).map((plot) => figure(plot, shown)) : []));
}

function arrive() {
  for (const [name, value] of new URLSearchParams(location.search))
    if (form.elements[name]) form.elements[name].value = value;
  arrived = true;
}

async function show() {
  offer(form.elements.measure, MEASURES, (measure) => words(`measures.${measure}`));
  offer(form.elements.bucket, BUCKETS, (bucket) => words(`buckets.${bucket}`));
  offer(form.elements.days, DAYS, (days) => counted("trends.days", days));
  if (!arrived) arrive();
  sayNames();
  await look();
}

// The field for names: of the lines, or of one that all posts have.
function sayNames() {
  const { value: measure } = form.elements.measure;
  const label = LISTS.includes(measure) ? "trends.terms" : measure === "share" ? "trends.names" : "kept.entity";
  find("named").hidden = !NAMES[measure];
  find("names_label").textContent = words(label);
}

form.addEventListener("input", ({ target }) => {
  if (target.name === "measure") form.elements.names.value = "";
  sayNames();
  later();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});
find("days").addEventListener("change", later);  // beside the form that it belongs to
find("as_table").addEventListener("change", paint);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
await begin(show);
