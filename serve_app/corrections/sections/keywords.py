"""Keywords corrected: phrases that rules and people say are keywords, or are none."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from deployments.text.markup import surface
from serve_app.corrections.phrases import Phrase, PhraseFinder, phrase_key
from serve_app.corrections.rule_set import Marks, read_plain
from serve_app.corrections.sections.changes import Section
from serve_app.corrections.sections.items import Item, ItemChange, unchanged, with_items
from serve_app.corrections.values import Correction, CorrectionKind, RuleKind, Source
from serve_app.request.post import MAX_TOP_N

#: Nobody who says that a phrase is a keyword has doubts.
_CERTAIN = 1.0


@dataclass(slots=True)
class _Said:
    """A phrase that somebody says is a keyword: who, and where it stands, in order."""

    source: Source
    places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, start: int, end: int) -> None:
        """Note one more place; what overlaps the last is none."""
        if not self.places or start >= self.places[-1][1]:
            self.places.append((start, end))


def correct_keywords(
    section: Section, text: str, marks: Marks, corrections: Sequence[Correction]
) -> Section:
    """The section as it counts; the same object where nothing changes.

    What somebody says is a keyword comes first, in the order of the text.

    Args:
        section: with a result.
        text: as it was sent.
        marks: of rules.
        corrections: of the post; those of other sections are left aside.
    """
    spoken_of = {
        _key(str(each.phrase)): each for each in corrections if each.kind is CorrectionKind.KEYWORD
    }
    if not marks.speak_of(RuleKind.KEYWORD) and not spoken_of:
        return section
    said = _said(text, marks, spoken_of)
    first: list[ItemChange] = []
    rest: list[ItemChange] = []
    for item in unchanged(section["items"]):
        key = _key(item.said["text"] if item.said else "")
        if each := said.pop(key, None):
            item.become({**(item.said or {}), "score": _CERTAIN}, each.source)
            first.append(item)
        else:
            _drop_if_none(item, key, marks, spoken_of)
            rest.append(item)
    for each in said.values():
        first.append(ItemChange(None, None, _item(each, text, marks.plain), each.source))
    return _in_order(section, first, rest)


def places_of(phrase: str, text: str) -> list[tuple[int, int]]:
    """Where a phrase stands in a text by itself, in order."""
    found = PhraseFinder([Phrase.of(phrase, match_case=False)]).find(read_plain(text))
    return [(start, end) for _, start, end in found]


def _said(text: str, marks: Marks, spoken_of: dict[str, Correction]) -> dict[str, _Said]:
    """What is a keyword, by key: people count before rules."""
    said: dict[str, _Said] = {}
    for mark in marks.of(RuleKind.KEYWORD):
        key = _key(marks.plain[mark.start : mark.end])
        said.setdefault(key, _Said(Source(rule=mark.rule.id))).add(mark.start, mark.end)
    for key, correction in spoken_of.items():
        said.pop(key, None)
        places = places_of(key, text) if correction.value else ()
        for start, end in places:
            said.setdefault(key, _Said(Source(correction=correction.id))).add(start, end)
    return dict(sorted(said.items(), key=lambda each: each[1].places)[:MAX_TOP_N])


def _drop_if_none(
    item: ItemChange, key: str, marks: Marks, spoken_of: dict[str, Correction]
) -> None:
    """Leave out a keyword that by a person, or else by a rule, is none."""
    if correction := spoken_of.get(key):
        if not correction.value:
            item.become(None, Source(correction=correction.id))
    elif item.said and (rule := marks.against(RuleKind.KEYWORD, item.said["text"])):
        item.become(None, Source(rule=rule.id))


def _item(said: _Said, text: str, plain: str) -> Item:
    start, end = said.places[0]
    return {
        "text": surface(text[start:end], plain[start:end]),
        "score": _CERTAIN,
        "start": start,
        "end": end,
        "occurrences": [{"start": start, "end": end} for start, end in said.places],
    }


def _in_order(section: Section, first: list[ItemChange], rest: Sequence[ItemChange]) -> Section:
    first.sort(key=lambda item: item.now["start"] if item.now else 0)
    for place, item in enumerate(first):
        item.moved = item.index != place
    shown = [item.now for item in (*first, *rest) if item.now is not None]
    return with_items(section, [*first, *rest], shown)


def _key(name: str) -> str:
    return phrase_key(name, match_case=False)
