// The console: sends the post while it is typed, marks it at once and shows its analyses once it
// stands still. Where no draft channel opens, each pause in the typing is a request.
// Server text is only ever set as text, so nothing in a post can become markup.
import { marks } from "./analysis_marks.js";
import { carried } from "./carried.js";
import { Drafts } from "./drafts.js";
import { paint } from "./marks.js";
import {
  language, languageName, number, percent, preferredLanguage, rememberLanguage, text as words,
  useLanguage,
} from "./texts.js";
import { fields, views } from "./views.js";
import { loadSamples, samplesIn } from "./samples.js";

const PAUSE_MS = 250;
const MOST_CHARACTERS = 20_000;
const find = (id) => document.getElementById(id);
const post = find("post");

let key = sessionStorage.getItem("postlens-key") ?? "";
let sample = 0;
let timer;
let shown;
let painted = { text: "", marks: [] };
let running = new AbortController();
const drafts = new Drafts({
  marks: (text, draft) => draw(text, [...marks(draft), ...painted.marks.filter(({ kind }) => kind === "keyword")]),
  answer: (text, answer) => show(text, answer, answer.timings_ms.total),
  problem: refuse,
  lost: analyze,
});

async function analyze() {
  running.abort();
  running = new AbortController();
  const text = post.value;
  const started = performance.now();
  find("state").textContent = words("state.reading");
  try {
    const response = await request(text, running.signal);
    const body = await response.json();
    const took = performance.now() - started;
    response.ok ? show(text, body, took) : refuse(body);
  } catch (error) {
    if (error.name !== "AbortError") refuse(unreachable());
  }
}

function request(text, signal) {
  const headers = { "Content-Type": "application/json" };
  if (key) headers.Authorization = `Bearer ${key}`;
  const body = JSON.stringify({ text, offsets: "utf16" });
  return fetch("v1/analyze", { method: "POST", headers, body, signal });
}

function show(text, answer, took) {
  shown = [text, answer, took];
  find("problem").hidden = find("access").hidden = true;
  find("main").classList.remove("stale");
  const facts = [`${number(took)} ms`, words(`state.${answer.cache}`), languageOf(answer)];
  find("state").textContent = facts.join(" · ");
  draw(text, marks(answer));
  for (const name of sections(answer)) {
    const body = (find(name) ?? addCard(name)).querySelector(".body");
    body.replaceChildren(...render(views[name] ?? fields, answer[name], text));
  }
}

function draw(text, list) {
  painted = { text, marks: list };
  paint(find("reading"), text, list);
}

// Those with a view of their own, then whatever else was analysed.
function sections(answer) {
  const analysed = Object.keys(answer).filter((name) => answer[name]?.status);
  return new Set([...Object.keys(views), ...analysed]);
}

function addCard(name) {
  const card = document.createElement("article");
  const title = document.createElement("h3");
  const body = document.createElement("div");
  Object.assign(card, { id: name, className: "card wide" });
  title.textContent = name[0].toUpperCase() + name.slice(1);
  body.className = "body";
  card.append(title, body);
  document.querySelector(".sections").append(card);
  return card;
}

function languageOf({ language: { code, confidence } }) {
  if (code === "und") return words("state.unknown");
  return words("state.language", { name: languageName(code), share: percent(confidence) });
}

// A section without a result says why, in its own place; the others are shown.
function render(view, section, text) {
  if (!section.status || section.status === "ok") return view(section, text);
  const reason = document.createElement("p");
  reason.className = "quiet";
  reason.textContent = section.detail ?? section.status;
  return [reason];
}

function refuse(problem) {
  shown = undefined;
  find("state").textContent = "";
  find("main").classList.add("stale");
  const [title, detail, fix] = ["strong", "p", "p"].map((tag) => document.createElement(tag));
  title.textContent = problem.title;
  detail.textContent = problem.detail;
  fix.textContent = problem.fix;
  find("problem").replaceChildren(title, detail, fix);
  find("problem").hidden = false;
  find("access").hidden = problem.status !== 401;
}

function unreachable() {
  return {
    title: words("unreachable.title"),
    detail: words("unreachable.detail"),
    fix: words("unreachable.fix"),
  };
}

function changed() {
  const text = post.value;
  count();
  draw(text, carried(painted.marks, painted.text, text));
  clearTimeout(timer);
  running.abort();
  if (!shown) find("state").textContent = words("state.reading");
  if (!drafts.send(text)) timer = setTimeout(analyze, PAUSE_MS);
}

function count() {
  const characters = number([...post.value].length);
  find("count").textContent = words("page.count", { count: characters, most: number(MOST_CHARACTERS) });
}

function nextSample() {
  const samples = samplesIn(language);
  post.value = samples[sample++ % samples.length];
  changed();
}

async function speak(code) {
  const untouched = samplesIn(language).includes(post.value);
  await useLanguage(code);
  document.documentElement.lang = find("language").value = code;
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = words(element.dataset.text);
  for (const element of document.querySelectorAll("[data-label]"))
    element.setAttribute("aria-label", words(element.dataset.label));
  if (untouched || !post.value) restartSamples();
  count();
  if (shown) show(...shown);
}

function restartSamples() {
  sample = 0;
  nextSample();
}

post.addEventListener("input", changed);
find("another").addEventListener("click", nextSample);
find("access").addEventListener("submit", (event) => {
  event.preventDefault();
  key = find("key").value.trim();
  sessionStorage.setItem("postlens-key", key);
  drafts.useKey(key);
  changed();
});
find("language").addEventListener("change", async ({ target }) => {
  rememberLanguage(target.value);
  await speak(target.value);
});
drafts.useKey(key);
await loadSamples();
await speak(preferredLanguage());
