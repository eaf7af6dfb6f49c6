"""How a section tells what was changed in it, and how what the model said is had back.

A changed section has ``corrected``, a list with an entry for each field, sentence or item that
differs from the model's:

    {"rule": id or null, "correction": id or null, "field": "label",
     "model_said": "negative", "now": "neutral"}

An element of a list has its ``index`` in the model's list besides, null where the model had none.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from serve_app.corrections.values import Source

Section = Mapping[str, Any]
Entry = dict[str, Any]

#: Fields that are lists of which single elements change.
_LISTS = ("sentences", "items")


def field_entry(source: Source, field: str, model_said: Any, now: Any) -> Entry:
    """The entry of a field as a whole."""
    return {**_by(source), "field": field, "model_said": model_said, "now": now}


def element_entry(
    source: Source, field: str, index: int | None, model_said: Any, now: Any
) -> Entry:
    """The entry of one element of a list.

    Args:
        source: who changed it.
        field: the list.
        index: of the element in the model's list; None for one that the model did not have.
        model_said: the element; None likewise.
        now: the element as it is now; None for one that is gone.
    """
    entry = field_entry(source, field, model_said, now)
    return {**entry, "index": index}


def with_entries(section: Section, fields: Section, entries: Sequence[Entry]) -> Section:
    """The section with other fields, and with the entries that tell of them; as it was without."""
    if not entries:
        return section
    return {**section, **fields, "corrected": list(entries)}


def restore_section(section: Section) -> Section:
    """What the model said: the section before anything was changed in it."""
    if "corrected" not in section:
        return section
    restored = {name: value for name, value in section.items() if name != "corrected"}
    entries: list[Entry] = section["corrected"]
    for entry in entries:
        if entry["field"] not in _LISTS:
            restored[entry["field"]] = entry["model_said"]
    for field in _LISTS:
        if changed := [entry for entry in entries if entry["field"] == field]:
            restored[field] = _restore_list(restored[field], changed)
    return restored


def _restore_list(elements: Sequence[Any], entries: Sequence[Entry]) -> list[Any]:
    """The model's elements: those that were changed taken out, and back in at their places."""
    changed = {_span(entry["now"]) for entry in entries if entry["now"] is not None}
    unchanged = iter([element for element in elements if _span(element) not in changed])
    said = {e["index"]: e["model_said"] for e in entries if e["index"] is not None}
    count = len(elements) - len(changed) + len(said)
    return [said[index] if index in said else next(unchanged) for index in range(count)]


def _span(element: Mapping[str, Any]) -> tuple[int, int]:
    return element["start"], element["end"]


def _by(source: Source) -> Entry:
    return {
        "rule": source.rule and str(source.rule),
        "correction": source.correction and str(source.correction),
    }
