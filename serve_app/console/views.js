// One function for each section: from the answer's JSON to elements. Knows no network.
// Where `correct` is given, what may be wrong is a button that calls it.

import { correctedMark, saidOf } from "./corrected.js";
import { button, make } from "./elements.js";
import { counted, number, percent, text as words } from "./texts.js";

const EMOTIONS_SHOWN = 5;

const none = (path) => [make("p", "quiet", words(path))];
const title = (word) => word[0].toUpperCase() + word.slice(1);

// What may be wrong: pressed, it is corrected.
function wrong(label, correct, target) {
  if (!correct) return label;
  const element = button(label, () => correct(target), "wrong");
  element.title = words("correct.open");
  return element;
}

// A named amount between 0 and 1; `meter` carries the value for screen readers.
function amount(name, share, kind = "", shown = [name]) {
  const meter = make("meter", kind);
  Object.assign(meter, { min: 0, max: 1, value: share });
  meter.setAttribute("aria-label", name);
  return make("div", "amount", make("span", "", ...shown), meter, make("b", "", percent(share)));
}

function sentiment(section, text, correct) {
  const { label, mixed, scores, sentences } = section;
  const said = saidOf(section, "label", "sentiment");
  const rows = Object.entries(scores).map(([name, share]) => amount(title(words(`sentiment.${name}`)), share, name));
  const over = counted("sentiment.over", sentences.length);
  return [
    make("p", `verdict ${label}`,
      wrong(title(words(`sentiment.${label}`)), correct, { kind: "sentiment", value: label }),
      ...(said ? [correctedMark(said)] : []), make("small", "", ` ${over}`)),
    ...(mixed ? [make("p", "quiet mixed", words("sentiment.mixed"))] : []),
    ...rows,
  ];
}

function tone(section, text, correct) {
  const { dominant, evidence, emotions, formality, politeness, subjectivity } = section;
  const said = saidOf(section, "dominant", "tones");
  const top = Object.entries(emotions).sort((a, b) => b[1] - a[1]).slice(0, EMOTIONS_SHOWN);
  const chips = top.map(([name, p]) =>
    make("li", "chip", title(words(`emotions.${name}`)), make("small", "", ` ${percent(p)}`)));
  const carried = evidence.map(({ start, end, score }) =>
    make("blockquote", "", text.slice(start, end), make("small", "quiet", ` ${percent(score)}`)));
  return [
    make("p", "verdict", wrong(title(words(`tones.${dominant}`)), correct, { kind: "tone", value: dominant }),
      ...(said ? [correctedMark(said)] : [])),
    ...carried,
    make("ul", "chips felt", ...chips),
    amount(words("tone.formality"), formality),
    amount(words("tone.politeness"), politeness),
    amount(words("tone.subjectivity"), subjectivity),
  ];
}

function keywords({ items }, _, correct) {
  if (!items.length) return none("keywords.none");
  const times = ({ occurrences }) => (occurrences.length > 1 ? ` ×${occurrences.length}` : "");
  return [make("div", "", ...items.map((item) => amount(item.text + times(item), item.score, "", [
    wrong(item.text, correct, { kind: "keyword", text: item.text }), times(item),
    ...("said" in item ? [correctedMark()] : []),
  ])))];
}

// Each entity once, under its first mention, with the number of its mentions.
function entities({ items }, _, correct) {
  if (!items.length) return none("entities.none");
  const groups = new Map();
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item]);
  const rows = [...groups.values()].map((mentions) => {
    const times = mentions.length > 1 ? ` ×${mentions.length}` : "";
    const [{ text, label }] = mentions;
    const changed = mentions.find((mention) => "said" in mention);
    const name = wrong(text, correct, { kind: "entity", text, value: label, places: mentions });
    return make("li", "",
      make("span", "", name, make("small", "quiet", times), ...(changed ? [correctedMark(saidLabel(changed))] : [])),
      make("small", "label", words(`labels.${label}`)));
  });
  return [make("ul", "names", ...rows)];
}

const saidLabel = ({ said }) => said && words(`labels.${said.label}`);

// 20 points are a standard deviation of ordinary prose (deployments/readability/ease.py).
const EASE = [
  [70, "ease_easier"], [60, "ease_fairly_easy"], [40, "ease_ordinary"],
  [30, "ease_fairly_hard"], [-Infinity, "ease_harder"],
];

// The bands of Flesch (1949, How to Write Plain English, ch. 2), in plain words.
const FLESCH = [
  [90, "flesch_90"], [80, "flesch_80"], [70, "flesch_70"], [60, "flesch_60"],
  [50, "flesch_50"], [30, "flesch_30"], [-Infinity, "flesch_0"],
];

// A field is there where the text's language has it.
function readability(section, text) {
  const { ease, flesch_reading_ease: flesch, grade, words: wordCount, sentences, reading_time_s: seconds } = section;
  const facts = [
    ease !== undefined && [number(ease), said("ease"), band(EASE, ease)],
    flesch !== undefined && [number(flesch), "Flesch reading ease", band(FLESCH, flesch)],
    grade !== undefined && [number(grade, 1), said("grade"), said("grade_meaning")],
    [number(wordCount), said("words"), counted("readability.in", sentences)],
    [duration(seconds), said("to_read"), said("pace")],
  ];
  const shown = facts.filter(Boolean).map(fact);
  return [make("dl", "facts", ...shown), ...formulas(section), ...hardest(section, text)];
}

const said = (name, values) => words(`readability.${name}`, values);
const band = (bands, value) => said(bands.find(([least]) => value >= least)[1]);

const fact = ([value, name, meaning]) =>
  make("div", "", make("dt", "", name), make("dd", "", make("b", "", value), make("small", "", meaning)));

const duration = (seconds) =>
  seconds < 60 ? `${Math.ceil(seconds)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;

const FORMULAS = {
  flesch_kincaid_grade: "Flesch–Kincaid", gunning_fog: "Gunning fog", smog: "SMOG",
  coleman_liau: "Coleman–Liau", automated_readability: "ARI", dale_chall: "Dale–Chall",
  lix: "LIX", flesch_amstad: "Flesch (Amstad)", wiener_sachtextformel: "Wiener Sachtextformel",
  kandel_moles: "Kandel–Moles", fernandez_huerta: "Fernández Huerta",
  szigriszt_pazos: "Szigriszt–Pazos", inflesz: "INFLESZ", flesch_martins: "Flesch (Martins)",
  gulpease: "Gulpease", flesch_douma: "Flesch–Douma", pisarek: "Pisarek",
  pisarek_linear: "Pisarek (linear)",
};

function formulas(section) {
  const rows = Object.entries(FORMULAS)
    .filter(([field]) => section[field] !== undefined)
    .map(([field, name]) => make("li", "chip", name, make("small", "", ` ${formulaValue(section[field])}`)));
  return rows.length ? [make("ul", "chips", ...rows)] : [];
}

const formulaValue = (value) => (typeof value === "number" ? number(value, 1) : value);

function hardest({ hardest_sentences: hard }, text) {
  if (!hard.length) return [];
  const { start, end, grade } = hard[0];
  const head = make("p", "quiet", grade === null ? said("hardest") : said("hardest_grade", { grade: number(grade) }));
  return [head, make("blockquote", "", text.slice(start, end))];
}

function signals(found) {
  const rows = Object.entries(found).filter(([, items]) => items.length);
  if (!rows.length) return none("signals.none");
  return rows.map(([kind, items]) =>
    make("div", "signals", make("span", "quiet", title(words(`signals.${kind}`))),
      make("ul", "chips", ...items.map(({ text }) => make("li", "chip", text)))));
}

// An analysis without a view of its own: its plain values.
export function fields(section) {
  const rows = Object.entries(section)
    .filter(([name, value]) => typeof value !== "object" && !["status", "took_ms"].includes(name));
  return [make("ul", "chips", ...rows.map(([name, value]) =>
    make("li", "chip", name, make("small", "", ` ${value}`))))];
}

export const views = { sentiment, tone, keywords, entities, readability, signals };
