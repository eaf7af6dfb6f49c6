// What of an analysis is marked in its text. Knows no element.
import { percent, text as words } from "./texts.js";

export function marks({ sentiment, keywords, entities }) {
  return [
    ...(sentiment?.sentences ?? []).map((s) => ({ ...s, kind: s.label, title: sentence(s) })),
    ...(keywords?.items ?? []).flatMap((k) => k.occurrences.map((place) => ({
      ...place, text: k.text, kind: "keyword", title: words("page.keyword") }))),
    ...(entities?.items ?? []).map((e) => ({
      ...e, kind: "entity", title: `${words(`labels.${e.label}`)}, ${percent(e.score)}` })),
  ];
}

const sentence = ({ label, score }) => words("sentiment.sentence", {
  label: words(`sentiment.${label}`), share: percent(score) });
