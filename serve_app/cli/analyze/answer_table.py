"""One answer as a table for people; ``--json`` gives all of it to programs."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from deployments.results import ANALYSES
from serve_app.files.csv_columns import first_mentions

_LISTED_ITEMS = 5


def print_answer(answer: Mapping[str, Any], console: Console) -> None:
    """Print one line of output (see :func:`serve_app.cli.analyze.pipeline.answers`)."""
    if "error" in answer:
        error = answer["error"]
        console.print(f"{error['detail']} {error['fix']}", style="red", markup=False)
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_row("language", _language(answer))
    for name in ANALYSES:
        if name in answer:
            table.add_row(name, _section(answer[name], _DESCRIPTIONS.get(name, _fields)))
    signals = [s["text"] for kind in answer["signals"].values() for s in kind]
    table.add_row("signals", "  ".join(signals) or "none")
    table.add_row("digest", answer["digest"])
    console.print(table, markup=False)


def _section(section: Mapping[str, Any], describe: Callable[[Mapping[str, Any]], str]) -> str:
    if section["status"] != "ok":
        return f"{section['status']}: {section['detail']}"
    return describe(section)


def _language(answer: Mapping[str, Any]) -> str:
    language = answer["language"]
    spans = (span for name in ANALYSES for span in answer.get(name, {}).get("languages", ()))
    codes = [code for code in dict.fromkeys(s["code"] for s in spans) if code != language["code"]]
    also = f", also {', '.join(codes)}" if codes else ""
    return f"{language['code']} ({language['confidence']:.0%}){also}"


def _sentiment(section: Mapping[str, Any]) -> str:
    scores = ", ".join(f"{name} {score:.0%}" for name, score in section["scores"].items())
    mixed = ", mixed" if section["mixed"] else ""
    return f"{section['label']}{mixed} ({scores})"


def _tone(section: Mapping[str, Any]) -> str:
    strongest = sorted(section["emotions"].items(), key=lambda pair: -pair[1])[:3]
    emotions = ", ".join(f"{name} {p:.0%}" for name, p in strongest)
    names = ("formality", "politeness", "subjectivity")
    scales = ", ".join(f"{name} {section[name]:.0%}" for name in names)
    return f"{section['dominant']}; {emotions}; {scales}"


def _keywords(section: Mapping[str, Any]) -> str:
    return ", ".join(item["text"] for item in section["items"][:_LISTED_ITEMS]) or "none"


def _entities(section: Mapping[str, Any]) -> str:
    entities = first_mentions(section["items"])[: 2 * _LISTED_ITEMS]
    named = [f"{item['text']} ({item['label']})" for item in entities]
    return ", ".join(named) or "none"


#: One formula of each language, and how people write it.
_FORMULAS = {
    "grade": "grade", "flesch_amstad": "Flesch (Amstad)", "kandel_moles": "Kandel-Moles",
    "szigriszt_pazos": "Szigriszt-Pazos", "flesch_martins": "Flesch (Martins)",
    "gulpease": "Gulpease", "flesch_douma": "Flesch-Douma", "pisarek": "Pisarek", "lix": "LIX",
}  # fmt: skip


def _readability(section: Mapping[str, Any]) -> str:
    ease = [f"ease {section['ease']:.0f} of 100"] if "ease" in section else []
    formulas = [f"{name} {section[key]:.1f}" for key, name in _FORMULAS.items() if key in section]
    counts = f"{section['words']} words in {section['sentences']} sentences"
    return ", ".join([*ease, *formulas[:1], counts, f"{section['reading_time_s']:.0f} s to read"])


def _fields(section: Mapping[str, Any]) -> str:
    """The plain values of a section, for an analysis without words of its own."""
    values = {name: value for name, value in section.items() if name not in ("status", "took_ms")}
    return ", ".join(f"{k} {v}" for k, v in values.items() if not isinstance(v, (dict, list)))


_DESCRIPTIONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "sentiment": _sentiment,
    "tone": _tone,
    "keywords": _keywords,
    "entities": _entities,
    "readability": _readability,
}
