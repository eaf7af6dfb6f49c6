"""Writing what a benchmark measured: results.json for programs, RESULTS.md for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from loadtest.bench.goals import GoalRow
from loadtest.generator.posts import PostProfile

_HOW = """\
Each value is the median of the runs; in a run every server is started, warmed, measured and
stopped, one at a time, on the same cores as the load generator. "Cold" posts were never
seen before; "hot" ones are in the cache. The peers, each set up as its documentation
recommends, are asked for the same distribution of posts by the same client; a throughput is
each side's best over its numbers of clients, a p99 is compared at the peer's best number.

Version 0.2 is commit 46d5d82 in a worktree with its own environment; in each round it is asked for
the same posts right after this version. Its lines are this version's figure over its own:
more posts are better, less time and memory. Memory is the proportional set size of all processes
after the load, which counts shared pages once.

Everything ran on the one machine named above. Not tested: a GPU, several machines, a
Kubernetes cluster.

**The stock models have random weights.** No model hub can be reached from the machine, so
the two transformers are built from the published configurations of distilbert-base-uncased-
finetuned-sst-2-english and SamLowe/roberta-base-go_emotions (28 labels), and read MiniLM's
WordPiece instead of RoBERTa's BPE: the arithmetic for a text is theirs, the answers mean
nothing. KeyBERT (all-MiniLM-L6-v2, 1- and 2-grams), spaCy's en_core_web_sm and textstat are
the real ones. The transformers cut a text at 512 tokens, KeyBERT's encoder at 256; ours do
not cut."""


def write_json(
    path: Path, rows: Sequence[GoalRow], machine: Mapping[str, str], *, quick: bool
) -> None:
    """Write ``{"rows": [...], "machine": {...}, "quick": ...}``."""
    content = {"rows": [row.as_dict() for row in rows], "machine": machine, "quick": quick}
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2) + b"\n")


def write_page(
    path: Path,
    rows: Sequence[GoalRow],
    machine: Mapping[str, str],
    posts: PostProfile,
    details: Sequence[str],
    *,
    quick: bool,
) -> None:
    """Write the page for people."""
    command = "make bench-quick" if quick else "make bench"
    warning = "\n\nThis was the quick look: one small run of each." if quick else ""
    measured = "\n".join(f"- {name}: {value}" for name, value in machine.items())
    path.write_text(
        f"# Measured\n\nWritten by `{command}`.{warning}\n\n{measured}\n\n"
        f"{table(rows)}\n\n## How\n\n{_HOW}\n\nPosts: {_posts(posts)}\n\n"
        "## Every load\n\n```\n" + "\n".join(details) + "\n```\n",
        encoding="utf-8",
    )


def table(rows: Sequence[GoalRow]) -> str:
    """The rows as a Markdown table."""
    head = "| line | what | value | goal | met | runs |\n|---:|---|---:|---|---|---|"
    return "\n".join([head, *map(_line, rows)])


def _line(row: GoalRow) -> str:
    value = "-" if row.value is None else f"{number(row.value)} {row.unit}".strip()
    met = {True: "yes", False: "**no**", None: "-"}[row.met]
    name = f"{row.name} ({row.note})" if row.note else row.name
    runs = ", ".join(map(number, row.runs))
    cells = (str(row.line), name, value, row.goal, met, runs)
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def number(value: float) -> str:
    """Three significant digits and no exponent, or whole above a hundred."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if 0 < abs(value) < 0.01:
        return f"{value:.5f}"
    return f"{value:.3g}"


def _posts(posts: PostProfile) -> str:
    lengths = ", ".join(
        f"p{share * 100:g} {characters:,}" for share, characters in posts.characters.items()
    )
    return (
        f"characters {lengths}; {posts.emoji:.0%} carry emoji, {posts.hashtag:.0%} a hashtag, "
        f"{posts.link:.0%} a link. Composed, seeded, from the project's own texts "
        "(loadtest/generator/posts.py) to the distribution of 2,215 real English posts."
    )
