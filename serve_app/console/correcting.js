// Corrections of the post that is shown: made, followed until kept posts have them, undone.
import { openCorrection } from "./correction_dialog.js";
import { button, find } from "./elements.js";
import { refuse } from "./page.js";
import { call } from "./requests.js";
import { counted, text as words } from "./texts.js";

const POLL_MS = 400;
const UNDER_WAY = ["applying", "withdrawing"];

// `changed` is called whenever the post's answer may be another one.
export function correct(target, id, changed) {
  openCorrection(target, id, ({ rule, corrections }) => attempt(() =>
    (rule ? follow(rule, changed) : note(corrections, changed))));
}

// Undoes what entries of `corrected` tell of: a rule, or corrections.
export async function undo(entries, changed) {
  const [{ rule }] = entries;
  if (rule && !window.confirm(words("correct.sure"))) return;
  const corrections = entries.map(({ correction }) => ({ id: correction }));
  await attempt(() => (rule ? withdraw(rule, changed) : takeBack(corrections, changed)));
}

async function note(corrections, changed) {
  await changed();
  tell(words("correct.noted"), () => attempt(() => takeBack(corrections, changed)));
}

async function takeBack(corrections, changed) {
  for (const { id } of corrections) await call(`v1/corrections/${id}`, { method: "DELETE" });
  await changed();
  tell(words("correct.undone"));
}

async function withdraw(id, changed) {
  await follow(await call(`v1/rules/${id}`, { method: "DELETE" }), changed);
}

// Tells how far a rule is until all kept posts follow it, or follow it no more.
async function follow(rule, changed) {
  let now = rule;
  while (UNDER_WAY.includes(now.state)) {
    tell(words(`correct.${now.state}`));
    await new Promise((resume) => setTimeout(resume, POLL_MS));
    now = await call(`v1/rules/${rule.id}`);
  }
  await changed();
  if (now.state === "withdrawn") return tell(words("correct.undone"));
  tell(words("correct.applied", { posts: counted("kept.found", now.changed) }),
    () => attempt(() => withdraw(rule.id, changed)));
}

function tell(said, takeItBack) {
  find("noted").hidden = false;
  find("noted").replaceChildren(said, ...(takeItBack ? [" ", button(words("correct.undo"), takeItBack)] : []));
  // What had the focus may have been drawn anew.
  if (document.activeElement === document.body) find("noted").focus();
}

export const clearNote = () => {
  find("noted").hidden = true;
};

async function attempt(act) {
  try {
    await act();
  } catch (problem) {
    refuse(problem);
  }
}
