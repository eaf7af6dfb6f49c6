// The dialog in which somebody says what is right: in one post, or by a rule for all.
// A rule is put in force only after it has been shown what it changes.
//
// What may be wrong has a `kind` of /v1/corrections, a `value`, a `text`; sentences and entities
// have `places` in code points, a sentiment the post's `sentences` to choose among. A name that the
// model missed has the value NONE.
import { find } from "./elements.js";
import { offer, refuse } from "./page.js";
import { preview } from "./preview.js";
import { call } from "./requests.js";
import { entityLabels, text as words, tones } from "./texts.js";

const POLARITIES = ["positive", "neutral", "negative"];
const NONE = "";
const dialog = find("correction");
const form = find("correction_form");

let post = null;
let parts = [];
let previewed = false;
let done = () => {};

const part = () => parts[Number(form.elements.part.value)];
const isEverywhere = () => form.elements.where.value === "everywhere";

// `kept` is called with {corrections} or {rule} that were made.
export function openCorrection(target, id, kept) {
  [post, done] = [id, kept];
  parts = target.kind === "sentiment" ? [target, ...target.sentences] : [target];
  form.reset();
  find("correction_problem").hidden = true;
  find("part_label").hidden = parts.length === 1;
  offer(form.elements.part, parts.map((_, index) => index), (index) =>
    (parts[index].kind === "sentiment" ? words("correct.post") : parts[index].text));
  form.elements.part.value = 0;
  showPart();
  dialog.showModal();
}

function showPart() {
  const { kind, value, text } = part();
  find("correction_title").textContent = value === NONE
    ? words("correct.added_as") : words("correct.title", { what: nameOf(kind, value) });
  find("correction_text").textContent = text;
  find("correction_text").hidden = !text;
  const values = { entity: [...entityLabels(), NONE], keyword: [NONE], tone: tones() }[kind] ?? POLARITIES;
  offer(form.elements.value, values.filter((each) => each !== value), (each) =>
    (each === NONE ? words("correct.none") : nameOf(kind, each)));
  form.elements.phrase.value = kind === "sentence" ? "" : text;
  const hasRule = ["entity", "keyword", "sentence"].includes(kind);
  form.elements.everywhere.disabled = !hasRule;
  if (!hasRule) form.elements.here.checked = true;
  changed();
}

function nameOf(kind, value) {
  if (kind === "keyword") return words("page.keyword");
  return words(`${{ entity: "labels", tone: "tones" }[kind] ?? "sentiment"}.${value}`);
}

// What was shown is no more what would be put in force.
function changed() {
  previewed = false;
  find("preview").replaceChildren();
  find("phrase_label").hidden = !isEverywhere();
  form.elements.phrase.required = isEverywhere();
  sayStep();
}

function sayStep() {
  const step = isEverywhere() ? (previewed ? "in_force" : "preview") : "correct";
  find("correction_submit").textContent = words(`correct.${step}`);
}

function valueOf(kind) {
  const { value } = form.elements.value;
  if (kind === "keyword") return false;
  return value === NONE ? null : value;
}

function rule() {
  const { kind, value } = part();
  const phrases = [form.elements.phrase.value.trim()];
  if (kind !== "sentence") return { kind, phrases, value: valueOf(kind) };
  return { kind: "sentiment", phrases, value: valueOf(kind), instead_of: value };
}

async function correctHere() {
  const { kind, text, places } = part();
  const said = { post_id: post, kind, value: valueOf(kind) };
  const bodies = kind === "keyword" ? [{ ...said, phrase: text }]
    : places ? places.map((place) => ({ ...said, ...place })) : [said];
  const corrections = [];
  for (const body of bodies) corrections.push(await call("v1/corrections", { method: "POST", body }));
  return { corrections };
}

async function showPreview() {
  const answer = await call("v1/rules:preview", { method: "POST", body: rule() });
  find("preview").replaceChildren(...preview(answer));
  previewed = true;
  sayStep();
}

async function submit() {
  if (isEverywhere() && !previewed) return showPreview();
  const made = isEverywhere()
    ? { rule: await call("v1/rules", { method: "POST", body: rule() }) } : await correctHere();
  dialog.close();
  return done(made);
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  find("correction_problem").hidden = true;
  find("correction_submit").disabled = true;
  try {
    await submit();
  } catch (problem) {
    refuse(problem, find("correction_problem"));
  } finally {
    find("correction_submit").disabled = false;
  }
});
form.addEventListener("input", ({ target }) => (target.name === "part" ? showPart() : changed()));
find("correction_cancel").addEventListener("click", () => dialog.close());
