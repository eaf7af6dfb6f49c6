// The page of jobs: begun with a file, followed, cancelled; their answers and failures.
import { onFile, typeOf } from "./dropped_file.js";
import { find } from "./elements.js";
import { jobCard, showFailures } from "./job_views.js";
import { accept, begin, refuse } from "./page.js";
import { call, headers, request } from "./requests.js";
import { text as words } from "./texts.js";

const PAGE = 20;
const LOOK_AGAIN_MS = 2000;
const FAILURES_SHOWN = 20;

let shown = PAGE;
let later = 0;

// Draws all jobs, and looks again soon while one of them goes on and the page is seen.
async function look() {
  clearTimeout(later);
  try {
    draw(await call(`v1/jobs?limit=${shown}`));
  } catch (problem) {
    return refuse(problem);
  }
  find("access").hidden = true;
}

function draw({ items, next_cursor: next }) {
  find("no_jobs").hidden = items.length > 0;
  find("more").hidden = next === null || shown >= 200;
  const open = new Map([...document.querySelectorAll(".failures")].map((list) => [list.closest("li").dataset.id, list]));
  const focus = focused();
  find("jobs").replaceChildren(...items.map((job) => {
    const card = jobCard(job, acts(job));
    if (open.has(job.id)) card.append(open.get(job.id));
    return card;
  }));
  focus();
  if (items.some(({ ended_at: ended }) => !ended) && !document.hidden)
    later = setTimeout(look, LOOK_AGAIN_MS);
}

// Puts the focus back to the same button of the same job once the cards are drawn anew.
function focused() {
  const pressed = document.activeElement;
  const card = pressed.closest("[data-id]");
  const [id, act] = [card?.dataset.id, pressed.dataset.act];
  return () => act && document.querySelector(`[data-id="${id}"] [data-act="${act}"]`)?.focus();
}

const acts = ({ id }) => ({
  cancel: () => window.confirm(words("jobs.sure_cancel")) && act(`v1/jobs/${id}:cancel`, "POST"),
  retry: () => act(`v1/jobs/${id}:retry`, "POST"),
  remove: () => window.confirm(words("jobs.sure_delete")) && act(`v1/jobs/${id}`, "DELETE"),
  download: () => download(id).catch((problem) => refuse(problem)),
  failures: () => failures(id).catch((problem) => refuse(problem)),
});

async function act(path, method) {
  try {
    await call(path, { method });
    accept();
  } catch (problem) {
    return refuse(problem);
  }
  await look();
}

// As a file of the browser: a plain link could not carry the reader's key.
async function download(id) {
  const response = await request(`v1/jobs/${id}/results?format=csv`, { headers: headers() });
  const address = URL.createObjectURL(await response.blob());
  const file = document.createElement("a");
  Object.assign(file, { href: address, download: `${id}.csv` });
  file.click();
  URL.revokeObjectURL(address);
}

async function failures(id) {
  const { items } = await call(`v1/jobs/${id}/failures?limit=${FAILURES_SHOWN}`);
  showFailures(document.querySelector(`[data-id="${id}"]`), items);
}

async function send(file) {
  find("sending").textContent = words("jobs.sending", { name: file.name });
  try {
    const type = typeOf(file.name).replace("application/json", "application/octet-stream");
    await request("v1/jobs", { method: "POST", headers: headers({ "Content-Type": type }), body: file });
    accept();
  } catch (problem) {
    return refuse(problem);
  } finally {
    find("sending").textContent = "";
  }
  await look();
}

async function show() {
  accept();
  await look();
}

find("more").addEventListener("click", () => {
  shown += PAGE;
  look();
});
document.addEventListener("visibilitychange", () => document.hidden || look());
onFile(send);
await begin(show);
