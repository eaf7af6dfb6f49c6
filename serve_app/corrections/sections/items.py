"""A list of items while it is being corrected: what became of each, and by whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serve_app.corrections.sections.changes import Entry, Section, element_entry, with_entries
from serve_app.corrections.values import Source

Item = Mapping[str, Any]


@dataclass(slots=True)
class ItemChange:
    """One item, as the model had it and as it is now.

    Attributes:
        index: in the model's list; None for one that it did not have.
        said: the model's; None likewise.
        now: None for one that is gone.
        source: who changed it; None for one that is as it was.
        moved: whether it stands in another place for that.
    """

    index: int | None
    said: Item | None
    now: Item | None
    source: Source | None = None
    moved: bool = False

    def become(self, now: Item | None, source: Source, *, moved: bool = False) -> None:
        """Note what somebody made of it."""
        self.now, self.source, self.moved = now, source, moved

    @property
    def differs(self) -> bool:
        """Whether it is other than the model had it."""
        return self.moved or self.now != self.said


def unchanged(items: Sequence[Item]) -> list[ItemChange]:
    """The model's items."""
    return [ItemChange(index, item, item) for index, item in enumerate(items)]


def with_items(section: Section, items: Sequence[ItemChange], order: Sequence[Item]) -> Section:
    """The section with its items as they are now; the same object where all are as they were.

    Args:
        section: as the model gave it.
        items: all of them, those that are gone as well.
        order: those that are there, as they are shown.
    """
    entries: list[Entry] = []
    for each in items:
        if each.differs and each.source:
            entries.append(element_entry(each.source, "items", each.index, each.said, each.now))
    return with_entries(section, {"items": list(order)}, entries)
