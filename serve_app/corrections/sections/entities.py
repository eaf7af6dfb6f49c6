"""Entities corrected: names that rules and people label, or say are none.

Groups keep their numbers; a new name has that of an equal one, else the next.
"""

from bisect import bisect_right
from collections.abc import Sequence

from deployments.text.markup import surface
from serve_app.corrections.phrases import phrase_key
from serve_app.corrections.rule_set import Marks
from serve_app.corrections.sections.changes import Section
from serve_app.corrections.sections.items import Item, ItemChange, unchanged, with_items
from serve_app.corrections.values import Correction, CorrectionKind, RuleKind, Source

#: Nobody who says what a name is has doubts.
_CERTAIN = 1.0


def correct_entities(
    section: Section, text: str, marks: Marks, corrections: Sequence[Correction]
) -> Section:
    """The section as it counts; the same object where nothing changes.

    Args:
        section: with a result.
        text: as it was sent.
        marks: of rules.
        corrections: of the post; those of other sections are left aside.
    """
    spoken_of = [each for each in corrections if each.kind is CorrectionKind.ENTITY]
    if not marks.speak_of(RuleKind.ENTITY) and not spoken_of:
        return section
    names = _CorrectedEntities(section["items"], text, marks.plain)
    for mark in marks.apart(RuleKind.ENTITY):
        source = Source(rule=mark.rule.id)
        names.label(mark.start, mark.end, str(mark.rule.value), source, within_longer=False)
    names.drop_those_against(marks)
    for correction in spoken_of:
        names.correct(correction)
    return with_items(section, names.items, names.shown())


class _CorrectedEntities:
    """The names of a post while they are being corrected."""

    def __init__(self, items: Sequence[Item], text: str, plain: str) -> None:
        self.items = unchanged(items)
        self._ends = [item["end"] for item in items]
        self._text, self._plain = text, plain
        self._groups = {_key(item["text"]): item["group"] for item in reversed(items)}
        self._next_group = max((item["group"] for item in items), default=-1) + 1

    def shown(self) -> list[Item]:
        """Those that are there, in the order of the text."""
        there = (item.now for item in self.items if item.now is not None)
        return sorted(there, key=lambda item: item["start"])

    def label(
        self, start: int, end: int, label: str, source: Source, *, within_longer: bool
    ) -> None:
        """Say what a stretch of the text is.

        Args:
            start, end: of it.
            label: of the name that it is.
            source: who says so.
            within_longer: whether that holds within a longer name, which it then ends.
        """
        overlapping = self._overlapping(start, end, with_added=within_longer)
        for item in overlapping:
            now = item.now
            assert now is not None
            if now["start"] == start and now["end"] == end:
                if now["label"] != label:
                    item.become({**now, "label": label, "score": _CERTAIN}, source)
                return
            if now["start"] <= start and end <= now["end"] and not within_longer:
                return
        for item in overlapping:
            item.become(None, source)
        self.items.append(ItemChange(None, None, self._name(start, end, label), source))

    def drop_those_against(self, marks: Marks) -> None:
        """Leave out those that by a rule are none."""
        for item in self.items:
            if item.now and (rule := marks.against(RuleKind.ENTITY, item.now["text"])):
                item.become(None, Source(rule=rule.id))

    def correct(self, correction: Correction) -> None:
        """Follow what a person said."""
        start, end, source = correction.start, correction.end, Source(correction=correction.id)
        assert start is not None
        assert end is not None
        if correction.value is not None:
            self.label(start, end, str(correction.value), source, within_longer=True)
            return
        for item in self._overlapping(start, end, with_added=True):
            if item.now and (item.now["start"], item.now["end"]) == (start, end):
                item.become(None, source)

    def _overlapping(self, start: int, end: int, *, with_added: bool) -> list[ItemChange]:
        """The names that have something of a stretch; those that were added, if any may."""
        found = []
        number = bisect_right(self._ends, start)
        while number < len(self._ends) and _of_model(self.items[number])["start"] < end:
            found.append(self.items[number])
            number += 1
        if with_added:
            found += self.items[len(self._ends) :]
        return [
            item
            for item in found
            if item.now and item.now["start"] < end and start < item.now["end"]
        ]

    def _name(self, start: int, end: int, label: str) -> Item:
        text = surface(self._text[start:end], self._plain[start:end])
        group = self._groups.setdefault(_key(text), self._next_group)
        self._next_group = max(self._next_group, group + 1)
        return {
            "text": text,
            "label": label,
            "start": start,
            "end": end,
            "score": _CERTAIN,
            "group": group,
        }


def _of_model(item: ItemChange) -> Item:
    assert item.said is not None
    return item.said


def _key(name: str) -> str:
    return phrase_key(name, match_case=False)
