// A file of posts, sent as it is; each row's answer is counted as it comes.
import { typeOf } from "./dropped_file.js";
import { find } from "./elements.js";
import { headers, lines, request } from "./requests.js";
import { number, text as words } from "./texts.js";

const MOST_SHOWN = 50;

// Throws the problem of a file that is refused as a whole.
export async function importFile(file) {
  find("refused").replaceChildren();
  find("progress").removeAttribute("value");
  find("progress").hidden = false;
  try {
    await count(await request("v1/posts:import", {
      method: "POST", headers: headers({ "Content-Type": typeOf(file.name) }), body: file }));
  } finally {
    find("progress").hidden = true;
  }
}

async function count(response) {
  let [done, refused] = [0, 0];
  for await (const line of lines(response)) {
    if (line.row === undefined) continue;
    line.status < 400 ? done++ : refuse(line, refused++);
    find("imported").textContent = words("kept.imported", { done: number(done), refused: number(refused) });
  }
}

function refuse({ row, error }, before) {
  if (before >= MOST_SHOWN) return;
  const item = document.createElement("li");
  item.value = row;
  item.textContent = `${error.detail} ${error.fix}`;
  find("refused").append(item);
}
