// Jobs as cards: from the answers of /v1/jobs to elements. Knows no network.
import { button, make } from "./elements.js";
import { counted, moment, number, text as words } from "./texts.js";

const quiet = (...parts) => make("p", "quiet", parts.filter(Boolean).join(" · "));

// `acts` are called to cancel, retry and delete it, to download its answers and to show its failures.
export function jobCard(job, acts) {
  const card = make("li", `card job ${job.state}`,
    make("h3", "", `${words(`kinds.${job.kind}`)}, ${moment(job.created_at)}`),
    quiet(words(`job_states.${job.state}`), counted("kept.found", number(job.posts)), timeLeft(job)));
  card.dataset.id = job.id;
  if (!job.ended_at) card.append(progressOf(job));
  if (job.reason) card.append(make("p", "", job.reason));
  card.append(quiet(words("jobs.done", { done: number(job.succeeded), failed: number(job.failed) }), rateOf(job)),
    make("div", "bar acts", ...buttons(job, acts)));
  return card;
}

function progressOf({ posts, succeeded, failed, all_posts_found: all }) {
  const bar = make("progress");
  bar.setAttribute("aria-label", words("jobs.progress"));
  if (all && posts) Object.assign(bar, { max: posts, value: succeeded + failed });
  return bar;
}

const rateOf = ({ posts_per_s: rate }) => rate && words("jobs.rate", { rate: number(rate, 1) });

function timeLeft({ ended_at: ended, time_left_s: seconds }) {
  if (ended || seconds === null) return "";
  return counted("jobs.minutes_left", Math.max(1, Math.ceil(seconds / 60)));
}

function buttons(job, { cancel, retry, remove, download, failures }) {
  const named = (act, label, press) => {
    const made = button(words(label), press);
    made.dataset.act = act;
    return made;
  };
  return [
    job.succeeded + job.failed > 0 && named("download", "jobs.download", download),
    job.failed > 0 && named("failures", "jobs.failures", failures),
    job.failed > 0 && job.ended_at && named("retry", "jobs.retry", retry),
    !job.ended_at && named("cancel", "alerts.cancel", cancel),
    job.ended_at && named("remove", "kept.delete", remove),
  ].filter(Boolean);
}

// Below a job's card: the first posts without an answer, and why.
export function showFailures(card, items) {
  card.querySelector(".failures")?.remove();
  card.append(make("ul", "failures", ...items.map(({ index, id, error }) =>
    make("li", "", `${id ?? index + 1}: ${error.detail} ${error.fix}`))));
}
