// Alarms and rules as cards: from the answers of /v1/alerts to elements. Knows no network.
import { postsWhere } from "./buckets.js";
import { button, link, make } from "./elements.js";
import { counted, moment, number, text as words } from "./texts.js";
import { conditionsOf, measureName, scopeName, valueOf } from "./watched.js";

const joined = (...parts) => make("p", "quiet", parts.filter(Boolean).join(" · "));

// `see` is called to note that somebody has seen it.
export function eventCard(event, see) {
  const { rule, measure, scope, value, expected, began_at: began, ended_at: ended, acknowledged_at: seen } = event;
  const instead = words("alerts.instead", {
    value: valueOf(measure, value), expected: valueOf(measure, expected) });
  const state = ended ? words(`endings.${event.ending}`) : words("alerts.open");
  const bar = make("div", "bar",
    link(postsWhere({ ...scope, ...conditionsOf(measure), since: began, until: ended }), words("kept.posts")),
    seen ? make("small", "quiet", words("alerts.seen", { time: moment(seen) })) : button(words("alerts.see"), see));
  return make("li", `card alarm ${ended ? "ended" : event.direction}`,
    make("h3", "", rule.name),
    make("p", "deviation", instead),
    joined(measureName(measure), scopeName(scope), counted("kept.found", event.posts), counted("alerts.hours", event.window_hours)),
    joined([moment(began), ended && moment(ended)].filter(Boolean).join(" – "), state),
    joined(words("alerts.evidence", { score: number(event.score, 1), threshold: number(event.threshold, 1) }), event.note),
    bar);
}

// `acts` are called to edit, to pause or resume, and to delete it.
export function ruleCard(rule, { edit, toggle, remove }) {
  return make("li", `card rule ${rule.state}`,
    make("h3", "", rule.name),
    joined(measureName(rule.measure), scopeName(rule.scope), words(`directions.${rule.direction}`)),
    joined(words(`states.${rule.state}`), ...reading(rule)),
    make("div", "bar acts",
      button(words("alerts.edit"), edit),
      button(words(rule.enabled ? "alerts.pause" : "alerts.resume"), toggle),
      button(words("kept.delete"), remove)));
}

function reading({ measure, reading: read, enabled }) {
  if (!enabled || !read?.baseline) return [];
  const usual = words("alerts.usual", { value: valueOf(measure, read.baseline.value) });
  return read.current ? [usual, words("alerts.now", { value: valueOf(measure, read.current.value) })] : [usual];
}
