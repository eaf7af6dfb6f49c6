// The page of kept posts: found as one types, shown with their marks, imported from files.
// Server text is only ever set as text, so nothing in a post can become markup.
import { clearFurther, furtherConditions, showFurther, takeFromAddress } from "./conditions.js";
import { find } from "./elements.js";
import { onFile } from "./dropped_file.js";
import { importFile } from "./import.js";
import { paint } from "./marks.js";
import { inUtf16, utf16 } from "./offsets.js";
import { accept, begin, offer, refuse } from "./page.js";
import { clearPost, showPost } from "./post.js";
import { call } from "./requests.js";
import { counted, moment, number, text as words, tones } from "./texts.js";

const PAUSE_MS = 200;
const PAGE = 20;
const SORTS = ["-time", "time", "-sentiment", "sentiment", "-ease", "ease", "-words"];
const SENTIMENTS = ["positive", "neutral", "negative"];
const search = find("search");

let timer;
let running = new AbortController();
let cursor = null;
let arrived = false;

const later = () => {
  clearTimeout(timer);
  timer = setTimeout(look, PAUSE_MS);
};

function conditions() {
  const asked = new URLSearchParams();
  const q = find("q").value.trim();
  if (q) asked.set("q", q);
  for (const [name, value] of new FormData(search))
    if (value.trim() && !(name === "sort" && q && value === "-time")) asked.set(name, value.trim());
  for (const [name, value] of furtherConditions()) asked.append(name, value);
  return asked;
}

async function look() {
  running.abort();
  running = new AbortController();
  cursor = null;
  await page(true);
}

async function page(first) {
  const asked = conditions();
  asked.set("limit", PAGE);
  if (first) asked.set("count", "true");
  if (cursor) asked.set("cursor", cursor);
  try {
    const found = await call(`v1/posts?${asked}`, { signal: running.signal });
    accept();
    cursor = found.next_cursor;
    const items = found.items.map(row);
    first ? find("posts").replaceChildren(...items) : find("posts").append(...items);
    if (first) find("count").textContent = counting(found.count);
    find("more").hidden = cursor === null;
  } catch (problem) {
    refuse(problem);
  }
}

function counting({ value, exact }) {
  const shown = counted("kept.found", value).replace(String(value), number(value));
  return exact ? shown : words("kept.about", { found: shown });
}

function row(post) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  const [text, about] = [document.createElement("span"), document.createElement("span")];
  text.className = "text";
  about.className = "about";
  const at = utf16(post.text);
  const matches = (post.matches ?? []).map((match) => ({ ...match, kind: "match", title: "" }));
  paint(text, post.text, inUtf16(at, matches));
  about.append(...facts(post).map(([fact, kind]) => {
    const element = document.createElement("span");
    element.textContent = fact;
    element.className = kind ?? "";
    return element;
  }));
  button.type = "button";
  button.dataset.id = post.id;
  button.setAttribute("aria-current", !find("post").hidden && find("post").dataset.id === post.id);
  button.append(text, about);
  button.addEventListener("click", () => choose(post.id));
  item.append(button);
  return item;
}

function facts({ author, published_at: time, tags, state, analysis, revision }) {
  const label = analysis?.sentiment?.label;
  return [
    [moment(time)],
    ...(author ? [[author]] : []),
    ...(label ? [[words(`sentiment.${label}`), label]] : []),
    ...(analysis?.tone?.dominant ? [[words(`tones.${analysis.tone.dominant}`)]] : []),
    ...tags.map((tag) => [`#${tag}`]),
    ...(state === "analysed" ? [] : [[words(`kept.${state}`)]]),
    ...(revision > 1 ? [[words("kept.revision", { n: number(revision) })]] : []),
  ];
}

async function choose(id) {
  for (const button of document.querySelectorAll(".posts button"))
    button.setAttribute("aria-current", button.dataset.id === id);
  try {
    await showPost(await call(`v1/posts/${id}`), () => corrected(id));
  } catch (problem) {
    refuse(problem);
  }
}

async function corrected(id) {
  if (find("post").dataset.id === id) await choose(id);
  await look();
}

async function remove() {
  const { id } = find("post").dataset;
  if (!window.confirm(words("kept.sure"))) return;
  try {
    await call(`v1/posts/${id}`, { method: "DELETE" });
    clearPost();
    await look();
  } catch (problem) {
    refuse(problem);
  }
}

const orAny = (path) => (value) => (value ? words(`${path}.${value}`) : words("kept.any"));

async function show() {
  find("q").placeholder = words("kept.search");
  offer(search.elements.sentiment, ["", ...SENTIMENTS], orAny("sentiment"));
  offer(search.elements.tone, ["", ...tones()], orAny("tones"));
  offer(search.elements.sort, SORTS, (value) => words(`sorts.${value}`));
  if (!arrived) takeFromAddress(search);
  arrived = true;
  showFurther(look);
  await look();
}

async function take(file) {
  try {
    await importFile(file);
    await look();
  } catch (problem) {
    refuse(problem);
  }
}

search.addEventListener("input", later);
search.addEventListener("reset", () => {
  clearFurther();
  later();
});
search.addEventListener("submit", (event) => {
  event.preventDefault();
  look();
});
find("more").addEventListener("click", () => page(false));
find("delete").addEventListener("click", remove);
onFile(take);
await begin(show);
