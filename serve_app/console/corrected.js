// What people put right in a section: noted at what it is of, and told with a way to undo it.
import { button, make } from "./elements.js";
import { text as words } from "./texts.js";

const LISTS = ["sentences", "items"];
const start = (element, length = 40) => (element.length > length ? `${element.slice(0, length)}…` : element);

// The section with `said` at each sentence and item that was changed: what the model had, or null.
export function annotated(section) {
  const changed = (section.corrected ?? []).filter(({ field, now }) => LISTS.includes(field) && now);
  const noted = (element) => {
    const entry = changed.find(({ now }) => now.start === element.start && now.end === element.end);
    return entry ? { ...element, said: entry.model_said } : element;
  };
  const lists = LISTS.filter((name) => section[name]).map((name) => [name, section[name].map(noted)]);
  return { ...section, ...Object.fromEntries(lists) };
}

// "corrected", with what the model had said, behind what was changed.
export function correctedMark(said) {
  const mark = make("small", "corrected", ` ${words("correct.mark")}`);
  if (said) mark.title = words("correct.said", { said });
  return mark;
}

// What the model had said of a part of a section that has one word: its label or tone.
export const saidOf = ({ corrected }, name, path) => {
  const entry = corrected?.find(({ field }) => field === name);
  return entry && words(`${path}.${entry.model_said}`);
};

// Each correction and each rule of a section, with what it changed; `undo` is called with its entry.
export function correctedList({ corrected }, text, undo) {
  const sources = new Map();
  for (const entry of corrected ?? []) {
    const key = entry.correction ?? entry.rule;
    const told = tell(entry, text);
    if (told || !sources.has(key)) sources.set(key, [...(sources.get(key) ?? []), [entry, told]]);
  }
  if (!sources.size) return [];
  const items = [...sources.values()].map((told) => {
    const [[entry]] = told;
    const lines = told.map(([, line]) => line).filter(Boolean).map((line) => make("span", "", line));
    const label = words(entry.rule ? "correct.undo_rule" : "correct.undo");
    return make("li", "", make("div", "", ...lines), button(label, () => undo(entry)));
  });
  return [make("ul", "put-right", ...items)];
}

// What follows from other changes, as scores do, is not told by itself.
function tell({ field, model_said: said, now }, text) {
  if (field === "label") return change(words("correct.post"), "sentiment", now, said);
  if (field === "dominant") return change(words("correct.post"), "tones", now, said);
  if (field === "sentences") return change(`“${start(text.slice(now.start, now.end))}”`, "sentiment", now.label, said.label);
  if (field === "items") return item(said, now);
  return "";
}

function item(said, now) {
  if (!now) return words("correct.removed", { text: said.text });
  if (!said || now.label === said.label) return words("correct.added", { text: now.text });
  return change(now.text, "labels", now.label, said.label);
}

const change = (what, path, now, said) =>
  `${what}: ${words(`${path}.${now}`)} (${words("correct.said", { said: words(`${path}.${said}`) })})`;
