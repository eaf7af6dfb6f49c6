// What a rule would change, as elements: from an answer of /v1/rules:preview.
import { make } from "./elements.js";
import { paint } from "./marks.js";
import { inUtf16, utf16 } from "./offsets.js";
import { counted, number, text as words } from "./texts.js";

const PATHS = { label: "sentiment", sentence: "sentiment", entity: "labels" };
const WHAT = { label: "correct.post", sentence: "correct.sentence", entity: "page.named", keyword: "page.keyword" };

export function preview({ changed: { value, exact }, flips, examples }) {
  const count = counted("kept.found", value).replace(String(value), number(value));
  const head = words(exact ? "correct.changes" : "correct.changes_at_least", { posts: count });
  const counts = flips.map((flip) => make("li", "", `${flipText(flip)} · ${counted("kept.found", flip.posts)}`));
  return [
    make("p", "changes", head),
    make("ul", "flips", ...counts),
    ...examples.map(example),
  ];
}

function example({ excerpt, start, end, excerpt_start: from }) {
  const quote = make("blockquote", "");
  const place = { start: start - from, end: end - from, kind: "match", title: "" };
  paint(quote, excerpt, inUtf16(utf16(excerpt), [place]));
  return quote;
}

const flipText = ({ field, from, to }) => `${words(WHAT[field])}: ${side(field, from)} → ${side(field, to)}`;

function side(field, value) {
  if (value === null) return words("correct.nothing");
  return PATHS[field] ? words(`${PATHS[field]}.${value}`) : words("page.keyword");
}
