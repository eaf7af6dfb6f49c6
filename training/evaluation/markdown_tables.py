"""Results as Markdown, and where the tables stand in cards and documents."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from training.evaluation.metric_row import MEAN, MetricRow

_COLUMNS = ("analysis", "set", "texts", "measure", "ours", "stock alternative",
            "published reference", "goal", "met")  # fmt: skip
_LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "nl", "sv", "da", "pl", MEAN)


def as_table(rows: Sequence[MetricRow], *, analysis: bool = True) -> str:
    """A line for each row; without the column ``analysis`` for a card."""
    first = 0 if analysis else 1
    head, *lines = [f"| {' | '.join(c[first:])} |\n" for c in (_COLUMNS, *map(_cells, rows))]
    rule = "|---" * len(_COLUMNS[first:]) + "|\n"
    return "".join([head, rule, *lines])


def _cells(row: MetricRow) -> tuple[str, ...]:
    return (
        row.analysis,
        row.corpus,
        f"{row.texts:,}",
        row.measure,
        row.missing if row.value is None else f"{row.value:.3f}",
        f"{row.baseline.name}: {row.baseline.value:.3f}" if row.baseline else "",
        row.reference,
        _goal(row),
        {True: "yes", False: "no", None: ""}[row.met],
    )


def as_language_table(rows: Sequence[MetricRow], *, analysis: bool = True) -> str:
    """A column for each language: for each measure of a set a line of ours, stock and goals."""
    first = 0 if analysis else 1
    head = ("analysis", "set", "measure", "whose", *_LANGUAGES)
    groups: dict[tuple[str, ...], dict[str, MetricRow]] = {}
    for row in rows:
        key = (row.analysis, row.corpus, row.measure)
        groups.setdefault(key, {})[row.language] = row
    lines = [(*key, *line) for key, group in groups.items() for line in _language_lines(group)]
    table = [f"| {' | '.join(line[first:])} |\n" for line in (head, *lines)]
    return "".join([table[0], "|---" * len(head[first:]) + "|\n", *table[1:]])


def _language_lines(rows: Mapping[str, MetricRow]) -> Iterator[tuple[str, ...]]:
    yield _language_line("ours", {code: row.value for code, row in rows.items()})
    for name in dict.fromkeys(row.baseline.name for row in rows.values() if row.baseline):
        values = {code: row.baseline.value for code, row in rows.items()
                  if row.baseline and row.baseline.name == name}  # fmt: skip
        yield _language_line(name, values)
    if goals := {code: row.goal for code, row in rows.items() if row.goal is not None}:
        sign = "<=" if any(row.lower_is_better for row in rows.values()) else ">="
        yield _language_line(f"goal {sign}", goals)


def _language_line(whose: str, values: Mapping[str, float | None]) -> tuple[str, ...]:
    cells = (values.get(code) for code in _LANGUAGES)
    return whose, *("" if cell is None else f"{cell:.3f}" for cell in cells)


def _goal(row: MetricRow) -> str:
    if row.goal is None:
        return ""
    return f"{'<=' if row.lower_is_better else '>='} {row.goal:.2f}"


def renew(path: Path, name: str, table: str) -> None:
    """Put the table between the file's two marks of that name.

    Raises:
        FileNotFoundError, ValueError: there is no file, or it has not these marks once each.
    """
    before, _, after = _parts(path, name)
    path.write_text(before + table + after, encoding="utf-8")


def renew_rows(path: Path, name: str, table: str, order: Sequence[str]) -> None:
    """Like ``renew`` with the lines of all analyses: those without new ones keep theirs.

    Args:
        table: its first column is the analysis.
        order: the analyses from top to bottom.
    """
    old, new = _parts(path, name)[1].splitlines(True), table.splitlines(True)
    lines = {analysis: _lines_of(new, analysis) or _lines_of(old, analysis) for analysis in order}
    renew(path, name, "".join([*new[:2], *chain.from_iterable(lines.values())]))


def _lines_of(table: Sequence[str], analysis: str) -> list[str]:
    return [line for line in table if line.startswith(f"| {analysis} |")]


def _parts(path: Path, name: str) -> tuple[str, str, str]:
    """What stands up to the first mark, between the two, and from the second on."""
    text = path.read_text(encoding="utf-8")
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    if text.count(start) != 1 or text.count(end) != 1:
        raise ValueError(f"{path.name} has not once each: {start.strip()} {end.strip()}")
    before, rest = text.split(start)
    table, after = rest.split(end)
    return before + start, table, end + after
