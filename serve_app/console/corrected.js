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
  const lists = LISTS.filter((name) => Array.isArray(section[name])).map((name) => [name, section[name].map(noted)]);
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

// What was changed in a section, each time with a way back: `undo` is called with the entries.
export function correctedList({ corrected }, text, undo) {
  const changes = sameChanges([...bySource(corrected ?? []).values()], text);
  const items = [...changes].map(([line, entries]) => {
    const label = words(entries[0].rule ? "correct.undo_rule" : "correct.undo");
    return make("li", "", make("span", "", line), button(label, () => undo(entries)));
  });
  return items.length ? [make("ul", "put-right", ...items)] : [];
}

// The entries of each correction and each rule.
function bySource(entries) {
  const sources = new Map();
  for (const entry of entries) {
    const key = entry.correction ?? entry.rule;
    sources.set(key, [...(sources.get(key) ?? []), entry]);
  }
  return sources;
}

// One entry of each source by what all of it comes to: two mentions of a name are one change.
function sameChanges(sources, text) {
  const changes = new Map();
  for (const entries of sources) {
    const lines = new Set(entries.map((entry) => tell(entry, text)).filter(Boolean));
    const line = [...lines].join("\n") || words("correct.mark");
    changes.set(line, [...(changes.get(line) ?? []), entries[0]]);
  }
  return changes;
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
