// The stretches of time of a trend as they are named, and what finds their posts. Knows no element.
import { moment, text as words } from "./texts.js";

const DAY_S = 86_400;

// The name of the bucket that begins at a time.
export function bucketName(time, bucket) {
  if (bucket === "month") return moment(time, { month: "long", year: "numeric" });
  const day = moment(time, { dateStyle: "medium" });
  if (bucket === "week") return words("trends.week", { day });
  return bucket === "day" ? day : moment(time);
}

// The time at a tick of an axis, as finely as its ticks are apart.
export function tickName(seconds, apart) {
  const time = 1000 * seconds;
  if (apart >= 365 * DAY_S) return moment(time, { year: "numeric" });
  if (apart >= 28 * DAY_S) return moment(time, { month: "short", year: "2-digit" });
  if (apart >= DAY_S || isMidnight(time)) return moment(time, { day: "numeric", month: "short" });
  return moment(time, { timeStyle: "short" });
}

const isMidnight = (time) => new Date(time).getHours() + new Date(time).getMinutes() === 0;

// Where the posts of a bucket are; `shared` are the conditions of all lines.
export function postsIn({ buckets, until, author, tag, shared }, at, conditions) {
  const end = buckets[at + 1] ?? until;
  return postsWhere({ since: buckets[at], until: end, author, tag, ...shared, ...conditions });
}

// The address of the page of posts with these conditions.
export function postsWhere(conditions) {
  const named = Object.entries(conditions).filter(([, value]) => value !== null && value !== undefined);
  return `posts?${new URLSearchParams(named)}`;
}
