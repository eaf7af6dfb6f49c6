// From an answer of /v1/trends to what is drawn: plots, each with its unit and its lines.
// A line has a value for each bucket (null: no post tells it), one for the whole range, and the
// conditions of /v1/posts that find its posts. Knows no element.
import { text as words } from "./texts.js";

const SENTIMENTS = ["positive", "neutral", "negative", "mixed"];
const CONDITION = { entities: "entity", share: "entity", keywords: "keyword", hashtags: "hashtag" };

export function plots({ measure, series }) {
  const [whole] = series;
  if (measure === "posts") return [plot("posts", "count", [line(words("measures.posts"), whole)])];
  if (measure === "sentiment") return [
    plot("mean_sentiment", "score", [mean(words("measures.sentiment"), whole, "score")]),
    plot("share", "share", SENTIMENTS.map((name) => part(whole, name, sentiment(name)))),
  ];
  if (measure === "tone") return [plot("share", "share", tones(whole))];
  if (measure === "emotions") return [plot("emotions", "share", emotions(whole))];
  if (measure === "share") return [plot("voice", "share", series.map((each) =>
    terms(measure, each, each.share, each.total.share)))];
  if (CONDITION[measure]) return [
    plot("posts", "count", series.map((each) => terms(measure, each, each.posts, each.total.posts))),
    plot("mean_sentiment", "score", series.map((each) =>
      terms(measure, each, each.means.score, each.total.means.score))),
  ];
  return [plot(measure, "number", [mean(words(`measures.${measure}`), whole, measure)])];
}

const plot = (title, unit, lines) => ({ title: words(`plots.${title}`), unit, lines });
const line = (name, { posts, total }) => ({ name, values: posts, total: total.posts, conditions: {} });
const mean = (name, { means, total }, of) => ({
  name, values: means[of], total: total.means[of], conditions: {} });
const terms = (measure, { name }, values, total) => ({
  name, values, total, conditions: { [CONDITION[measure]]: name } });

const sentiment = (name) => ({
  name: name === "mixed" ? words("kept.mixed").toLocaleLowerCase() : words(`sentiment.${name}`), colour: name,
  conditions: name === "mixed" ? { mixed: true } : { sentiment: name },
});

const ratio = (part, whole) => (whole ? part / whole : null);
const part = ({ posts, counts, total }, name, about) => ({
  ...about,
  values: counts[name].map((count, at) => ratio(count, posts[at])),
  total: ratio(total.counts[name], total.posts),
});

function tones(series) {
  const { counts } = series.total;
  const names = Object.keys(counts).filter((name) => counts[name]).sort((a, b) => counts[b] - counts[a]);
  return names.map((name) => part(series, name, { name: words(`tones.${name}`), conditions: { tone: name } }));
}

// "neutral" is what is left where there is no emotion, and would press all others to the ground.
function emotions(series) {
  const { means } = series.total;
  const names = Object.keys(means).filter((name) => name !== "neutral").sort((a, b) => means[b] - means[a]);
  return names.map((name) => mean(words(`emotions.${name}`), series, name));
}
