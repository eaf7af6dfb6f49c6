// Lays coloured stretches over a text. Knows offsets (UTF-16, as JavaScript strings have
// them) and nothing of the analyses.

// Cuts a text at every border of the marks, so that overlapping marks can be shown:
// [{start, end, over: [marks]}], complete and in order.
export function pieces(text, marks) {
  const borders = new Set([0, text.length]);
  for (const mark of marks) borders.add(mark.start).add(mark.end);
  const cuts = [...borders].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((start, index) => {
    const end = cuts[index + 1];
    const over = marks.filter((mark) => mark.start <= start && end <= mark.end);
    return { start, end, over };
  });
}

// Fills an element with the text; every character goes in as text, never as markup. Where `choose`
// is given, a click calls it with the last of the marks that lie there.
export function paint(element, text, marks, choose) {
  element.replaceChildren(
    ...pieces(text, marks).map(({ start, end, over }) => {
      const span = document.createElement("span");
      span.textContent = text.slice(start, end);
      span.className = over.map((mark) => mark.kind).join(" ");
      if (over.length) span.title = over.map((mark) => mark.title).join(" · ");
      if (over.length && choose) span.addEventListener("click", () => isClick() && choose(over.at(-1)));
      return span;
    }),
  );
}

// Whoever selects text to copy it has chosen nothing.
const isClick = () => getSelection().isCollapsed;
