// What somebody selects in a text: with the mouse, or word by word with the arrow keys.
// Offsets are UTF-16, as JavaScript strings have them.

// The selected part of an element's text without outer white space, or null.
export function selected(element) {
  const selection = getSelection();
  if (selection.isCollapsed || !element.contains(selection.anchorNode) || !element.contains(selection.focusNode))
    return null;
  const range = selection.getRangeAt(0);
  const whole = range.toString();
  const before = document.createRange();
  before.setStart(element, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const text = whole.trim();
  const start = before.toString().length + whole.indexOf(text);
  return text ? { start, end: start + text.length, text } : null;
}

// Left and right select the word before or behind; with Shift they take a word more, or one less.
export function selectByKeys(element) {
  element.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = wordsAfter(element, step, event.shiftKey);
    if (next) select(element, next);
  });
}

function wordsAfter(element, step, isLonger) {
  const segments = new Intl.Segmenter(undefined, { granularity: "word" }).segment(element.textContent);
  const all = [...segments].filter(({ isWordLike }) => isWordLike)
    .map(({ index, segment }) => ({ start: index, end: index + segment.length }));
  const now = selected(element);
  if (!now) return all[0];
  const first = all.findIndex(({ end }) => end > now.start);
  const last = all.findLastIndex(({ start }) => start < now.end);
  if (!isLonger) return all[step < 0 ? first - 1 : last + 1];
  return all[last + step] && { start: now.start, end: Math.max(all[last + step].end, all[first].end) };
}

function select(element, { start, end }) {
  const range = document.createRange();
  range.setStart(...pointAt(element, start, false));
  range.setEnd(...pointAt(element, end, true));
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}

// The text node at an offset, with the offset in it; at a border the one before, if asked for.
function pointAt(element, offset, isEnd) {
  const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let rest = offset;
  for (let node = nodes.nextNode(); node; node = nodes.nextNode()) {
    if (rest < node.length || (isEnd && rest === node.length)) return [node, rest];
    rest -= node.length;
  }
  return [element, element.childNodes.length];
}
