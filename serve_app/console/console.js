// The console: sends the post while it is typed and shows each section as it comes.
// Server text is only ever set as text, so nothing in a post can become markup.
import { paint } from "./marks.js";
import { fields, views } from "./views.js";
import { samples } from "./samples.js";

const PAUSE_MS = 250;
const find = (id) => document.getElementById(id);
const post = find("post");

let key = sessionStorage.getItem("postlens-key") ?? "";
let sample = 0;
let timer;
let running = new AbortController();

async function analyze() {
  running.abort();
  running = new AbortController();
  const text = post.value;
  const started = performance.now();
  find("state").textContent = "Reading…";
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
  find("problem").hidden = find("access").hidden = true;
  find("main").classList.remove("stale");
  find("state").textContent = `${took.toFixed(0)} ms · ${cached[answer.cache]} · ${language(answer)}`;
  paint(find("reading"), text, marks(answer));
  for (const name of sections(answer)) {
    const body = (find(name) ?? addCard(name)).querySelector(".body");
    body.replaceChildren(...render(views[name] ?? fields, answer[name], text));
  }
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

const cached = { hit: "from the cache", partial: "partly from the cache", miss: "computed now" };

function language({ language: { code, confidence } }) {
  if (code === "und") return "language unknown";
  return `language ${code} (${Math.round(confidence * 100)} %)`;
}

// A section without a result says why, in its own place; the others are shown.
function render(view, section, text) {
  if (!section.status || section.status === "ok") return view(section, text);
  const reason = document.createElement("p");
  reason.className = "quiet";
  reason.textContent = section.detail ?? section.status;
  return [reason];
}

function marks({ sentiment, keywords, entities }) {
  const percent = (score) => `${Math.round(score * 100)} %`;
  return [
    ...(sentiment.sentences ?? []).map((s) => ({
      ...s, kind: s.label, title: `${s.label} sentence, ${percent(s.score)}` })),
    ...(keywords.items ?? []).flatMap((k) => k.occurrences).map((k) => ({
      ...k, kind: "keyword", title: "keyword" })),
    ...(entities.items ?? []).map((e) => ({
      ...e, kind: "entity", title: `${e.label}, ${percent(e.score)}` })),
  ];
}

function refuse(problem) {
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
    title: "The service cannot be reached",
    detail: "No answer came from this address.",
    fix: "Check that it is running; typing on tries again.",
  };
}

function changed() {
  find("count").textContent = `${[...post.value].length.toLocaleString("en")} of 20,000 characters`;
  clearTimeout(timer);
  timer = setTimeout(analyze, PAUSE_MS);
}

function nextSample() {
  post.value = samples[sample++ % samples.length];
  changed();
}

post.addEventListener("input", changed);
find("another").addEventListener("click", nextSample);
find("access").addEventListener("submit", (event) => {
  event.preventDefault();
  key = find("key").value.trim();
  sessionStorage.setItem("postlens-key", key);
  analyze();
});
nextSample();
