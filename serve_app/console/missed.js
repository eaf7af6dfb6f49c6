// A name that the model missed: selected in the text, it is added as what it is.
import { find } from "./elements.js";
import { selected, selectByKeys } from "./selection.js";
import { text as words } from "./texts.js";

const reading = find("reading");
let add = () => {};

function offerSelected() {
  const part = selected(reading);
  find("add").hidden = !part;
  if (part) find("add").textContent = words("correct.add", { text: part.text });
}

// `choose` is called with what is to be corrected, as for a mark that is clicked.
export function offerMissed(choose) {
  add = ({ start, end, text }) => choose({ kind: "entity", text, value: "", places: [{ start, end }] });
  offerSelected();
}

selectByKeys(reading);
document.addEventListener("selectionchange", offerSelected);
// The press of a button would end the selection.
find("add").addEventListener("mousedown", (event) => event.preventDefault());
find("add").addEventListener("click", () => add(selected(reading)));
