// Offsets of the service count code points, those of JavaScript's strings UTF-16 units.

// A function from one to the other, for one text.
export function utf16(text) {
  const units = [];
  let unit = 0;
  for (const character of text) {
    units.push(unit);
    unit += character.length;
  }
  units.push(unit);
  return (offset) => units[offset];
}

// Spans with their offsets in UTF-16.
export const inUtf16 = (at, spans) =>
  spans.map((span) => ({ ...span, start: at(span.start), end: at(span.end) }));

// The way back, for one offset.
export const codePoint = (text, unit) => [...text.slice(0, unit)].length;
