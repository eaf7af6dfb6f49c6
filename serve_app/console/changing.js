// The terms that rise and fall, as lists: an answer of /v1/trends/terms.
import { postsWhere } from "./buckets.js";
import { link, make } from "./elements.js";
import { number, text as words } from "./texts.js";

const CONDITION = { entities: "entity", keywords: "keyword", hashtags: "hashtag" };

export function changing(answer) {
  return ["rising", "falling"].flatMap((direction) => {
    const title = make("h3", "", words(`trends.${direction}`));
    const items = answer[direction].map((change) => item(change, answer));
    return [title, items.length ? make("ul", "terms", ...items) : make("p", "quiet", words("trends.no_terms"))];
  });
}

function item({ kind, name, posts, significant, too_few: tooFew }, { since, until, author, tag }) {
  const verdict = tooFew ? "too_few" : significant ? "significant" : "chance";
  const counts = words("trends.before_now", { before: number(posts.before), now: number(posts.now) });
  return make("li", verdict,
    link(postsWhere({ [CONDITION[kind]]: name, since, until, author, tag }), name),
    make("small", "quiet", [words(`measures.${kind}`), counts, words(`trends.${verdict}`)].join(" · ")));
}
