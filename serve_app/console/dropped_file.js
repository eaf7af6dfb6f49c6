// A place where a file is dropped or chosen, and what is said of a file when it is sent.
import { find } from "./elements.js";

const TYPES = {
  csv: "text/csv", tsv: "text/tab-separated-values", json: "application/json",
  jsonl: "application/x-ndjson", ndjson: "application/x-ndjson",
};

// The media type of a file of posts, by its name.
export function typeOf(name) {
  const [ending, packed] = name.toLowerCase().split(".").reverse();
  return TYPES[ending === "gz" ? packed : ending] ?? "application/octet-stream";
}

// Calls `take` with a file that is dropped on #drop or chosen in #file.
export function onFile(take) {
  const drop = find("drop");
  find("file").addEventListener("change", ({ target }) => {
    if (target.files[0]) take(target.files[0]);
    target.value = "";
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
  });
}
