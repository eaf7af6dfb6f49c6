// The page's words and numbers in one of ten languages. Knows no element.

const LANGUAGES = ["en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl"];
const STORED = "postlens-language";

let texts = {};
export let language = "en";

// What the reader chose before, else the first of the browser's languages that is among ours.
export function preferredLanguage() {
  const tags = [localStorage.getItem(STORED), ...navigator.languages].filter(Boolean);
  const codes = tags.map((tag) => tag.split("-")[0].toLowerCase());
  return codes.find((code) => LANGUAGES.includes(code)) ?? "en";
}

export async function useLanguage(code) {
  const response = await fetch(`assets/texts/${code}.json`);
  texts = await response.json();
  language = code;
}

export const rememberLanguage = (code) => localStorage.setItem(STORED, code);

// The text at a path such as "sentiment.mixed", its {names} filled in; the last word of the path
// where there is none, as for an emotion that was added since.
export function text(path, values = {}) {
  const found = path.split(".").reduce((node, name) => node?.[name], texts);
  if (typeof found !== "string") return path.split(".").at(-1);
  return found.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

// One of two texts for a number: of one, or of all others.
export function counted(path, n) {
  const one = new Intl.PluralRules(language).select(n) === "one";
  return text(`${path}.${one ? "one" : "other"}`, { n });
}

// The words that a post may sound like, the labels of its names, the emotions in it.
export const tones = () => Object.keys(texts.tones ?? {});
export const entityLabels = () => Object.keys(texts.labels ?? {});
export const emotions = () => Object.keys(texts.emotions ?? {});

// To make a format takes a hundred times as long as to use it, and a table has thousands of cells.
const formats = new Map();

function format(Format, options) {
  const key = [language, Format.name, JSON.stringify(options)].join();
  if (!formats.has(key)) formats.set(key, new Format(language, options));
  return formats.get(key);
}

// A zero has no sign, also where it was rounded.
export const number = (value, digits = 0) => format(Intl.NumberFormat, {
  minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: "negative" }).format(value);

export const percent = (share) => format(Intl.NumberFormat, { style: "percent" }).format(share);

// A moment as dates and times are written; `options` are those of Intl.DateTimeFormat.
export const moment = (time, options = { dateStyle: "medium", timeStyle: "short" }) =>
  format(Intl.DateTimeFormat, options).format(new Date(time));

export const languageName = (code) => new Intl.DisplayNames([language], { type: "language" }).of(code);
