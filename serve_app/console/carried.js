// Marks of a text laid over what has become of it, until it is read anew. Knows no element.

// What stands before the change stays, what stands behind it moves, what it lies within grows or
// shrinks with it; what was cut into is gone.
export function carried(marks, before, after) {
  const kept = commonStart(before, after);
  const behind = before.length - commonEnd(before, after, kept);
  const by = after.length - before.length;
  return marks.flatMap((mark) => {
    if (mark.end <= kept) return [mark];
    if (mark.start >= behind) return [{ ...mark, start: mark.start + by, end: mark.end + by }];
    if (mark.start <= kept && mark.end >= behind) return [{ ...mark, end: mark.end + by }];
    return [];
  });
}

function commonStart(before, after) {
  const most = Math.min(before.length, after.length);
  let length = 0;
  while (length < most && before[length] === after[length]) length++;
  return length;
}

function commonEnd(before, after, from) {
  const most = Math.min(before.length, after.length) - from;
  let length = 0;
  while (length < most && before.at(-1 - length) === after.at(-1 - length)) length++;
  return length;
}
