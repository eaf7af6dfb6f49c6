// One kept post: its text with marks, its sections, what changed since an earlier revision.
import { marks } from "./analysis_marks.js";
import { annotated, correctedList } from "./corrected.js";
import { clearNote, correct, undo } from "./correcting.js";
import { find } from "./elements.js";
import { paint } from "./marks.js";
import { offerMissed } from "./missed.js";
import { codePoint, inUtf16, utf16 } from "./offsets.js";
import { call } from "./requests.js";
import { moment, number, text as words } from "./texts.js";
import { fields, views } from "./views.js";

const SECTIONS = ["sentiment", "tone", "keywords", "entities", "readability"];
const SENTENCE = ["positive", "neutral", "negative"];

export function clearPost() {
  find("post").hidden = true;
  find("hint").hidden = false;
}

// `changed` is called after the answer was corrected.
export async function showPost(post, changed) {
  if (find("post").dataset.id !== post.id) clearNote();
  find("hint").hidden = true;
  find("post").hidden = false;
  find("post").dataset.id = post.id;
  find("facts").textContent = [
    moment(post.published_at, { dateStyle: "long", timeStyle: "short" }),
    post.author, post.url, post.failure?.reason,
  ].filter(Boolean).join(" · ");
  const at = utf16(post.text);
  const analysis = post.analysis ?? {};
  const choose = (target) => correct(inCodePoints(target, post, analysis), post.id, changed);
  paint(find("reading"), post.text, inUtf16(at, marks(analysis)), (mark) => choose(targetOf(mark)));
  offerMissed(choose);
  for (const name of SECTIONS) {
    const section = converted(analysis[name], at);
    find(name).hidden = !section;
    if (!section) continue;
    const told = correctedList(section, post.text, (entries) => undo(entries, changed));
    const shown = render(name, annotated(section), post.text, choose);
    find(name).querySelector(".body").replaceChildren(...shown, ...told);
  }
  await offerRevisions(post);
}

// What may be wrong at a mark of the text.
function targetOf({ kind, start, end, text, label }) {
  const places = [{ start, end }];
  if (kind === "entity") return { kind, text, value: label, places };
  return SENTENCE.includes(kind) ? { kind: "sentence", value: kind, places } : { kind, text };
}

// The same as a correction says it: offsets in code points, the text of sentences.
function inCodePoints(target, { text }, { sentiment }) {
  const sentence = ({ start, end, label }) => ({
    kind: "sentence", value: label, places: [{ start, end }], text: [...text].slice(start, end).join("") });
  const places = target.places?.map(({ start, end }) => ({
    start: codePoint(text, start), end: codePoint(text, end) }));
  if (target.kind === "sentence") return sentence({ ...places[0], label: target.value });
  if (target.kind === "sentiment") return { ...target, sentences: sentiment.sentences.map(sentence) };
  return places ? { ...target, places } : target;
}

// A section without a result says why.
function render(name, section, text, choose) {
  if (section.status === "ok") return (views[name] ?? fields)(section, text, choose);
  const reason = document.createElement("p");
  reason.className = "quiet";
  reason.textContent = section.detail ?? section.status;
  return [reason];
}

// The same section with every start and end in UTF-16.
function converted(node, at) {
  if (Array.isArray(node)) return node.map((item) => converted(item, at));
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([name, value]) =>
    [name, name === "start" || name === "end" ? at(value) : converted(value, at)]);
  return Object.fromEntries(entries);
}

async function offerRevisions(post) {
  find("changes").hidden = post.revision === 1;
  find("compared").replaceChildren();
  if (post.revision === 1) return;
  const { items } = await call(`v1/posts/${post.id}/revisions`);
  const earlier = items.map((item) => item.revision).filter((revision) => revision !== post.revision);
  const options = earlier.map((revision) =>
    new Option(words("kept.revision", { n: number(revision) }), revision));
  find("earlier").replaceChildren(...options);
  find("earlier").onchange = () => compare(post);
  if (earlier.length) await compare(post);
}

async function compare(post) {
  const asked = new URLSearchParams({ from: find("earlier").value, to: post.revision });
  const compared = await call(`v1/posts/${post.id}/compare?${asked}`);
  const text = document.createElement("div");
  text.className = "text";
  text.append(...compared.text.changes.flatMap((change) => words_of(change, compared)));
  const list = document.createElement("ul");
  const summaries = Object.values(compared).filter((part) => part?.changed).map((part) => part.summary);
  list.append(...summaries.map((summary) => {
    const item = document.createElement("li");
    item.textContent = summary;
    return item;
  }));
  find("compared").replaceChildren(text, list);
}

function words_of({ kind, from, to }, { from: old, to: next }) {
  const part = (text, { start, end }) => [...text].slice(start, end).join("");
  const marked = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    return text ? [element] : [];
  };
  if (kind === "equal") return [part(next.text, to)];
  return [...marked("del", part(old.text, from)), ...marked("ins", part(next.text, to))];
}
