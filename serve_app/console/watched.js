// What alert rules watch, as it is named and as its values are written. Knows no element.
import { number, percent, text as words } from "./texts.js";

const NAMES = {
  count: "plots.posts", mean_sentiment: "plots.mean_sentiment", positive_share: "watched.positive_share",
  negative_share: "watched.negative_share", mixed_share: "watched.mixed_share", mean_ease: "plots.ease",
  mean_words: "plots.words",
};
const FOUND_BY = {
  positive_share: { sentiment: "positive" }, negative_share: { sentiment: "negative" }, mixed_share: { mixed: true },
};
const SCOPE = ["author", "tag", "entity", "keyword", "hashtag"];

export const measures = (emotions, tones) => [
  ...Object.keys(NAMES), ...emotions.map((name) => `emotion:${name}`), ...tones.map((name) => `tone:${name}`)];

// A measure of an emotion or a tone is written with its word behind it: "tone:grateful".
export function measureName(measure) {
  const [kind, word] = measure.split(":");
  if (kind === "emotion") return `${words("measures.emotions")}: ${words(`emotions.${word}`)}`;
  if (kind === "tone") return `${words("measures.tone")}: ${words(`tones.${word}`)}`;
  return words(NAMES[measure]);
}

export function valueOf(measure, value) {
  if (measure === "count") return words("alerts.per_hour", { value: number(value, value < 0.1 ? 3 : 1) });
  if (measure === "mean_sentiment") return number(value, 2);
  return measure.startsWith("mean_") ? number(value, 1) : percent(value);
}

export function scopeName(scope) {
  const named = SCOPE.filter((name) => scope[name]).map((name) => `${words(`kept.${name}`)}: ${scope[name]}`);
  return named.join(", ") || words("alerts.all");
}

// The conditions of /v1/posts that find what a measure counts.
export const conditionsOf = (measure) => {
  const [kind, word] = measure.split(":");
  return kind === "tone" ? { tone: word } : FOUND_BY[measure] ?? {};
};
