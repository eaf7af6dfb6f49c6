"""What is known of the parts of a draft, from the last whole answer or from reading them alone.

Known of a part is what an analysis says of places within it, with offsets from its start, so
that it holds wherever the part stands.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from serve_app.drafts.parts import DraftPart
from serve_app.request.post import MAX_CHARACTERS

#: The lists of places in the sections that can be told of a sentence by itself.
PLACES = {"sentiment": "sentences", "entities": "items"}
#: Characters of all parts that are remembered, each counted some more: its marks take memory
#: however short it is. Room for the longest draft, and for what was changed of it.
_REMEMBERED_SIZE = 2 * MAX_CHARACTERS
OVERHEAD = 50
#: What only the whole text tells: which names are of one entity.
_OF_THE_WHOLE = frozenset({"group"})

Place = dict[str, Any]
#: Places in one part by analysis.
Marks = Mapping[str, Sequence[Place]]
_Key = tuple[str, str]


class PartMarks:
    """The marks of the parts that were met last, the least recently used leave first.

    Attributes:
        size: characters of the parts that are known, and ``OVERHEAD`` for each.
    """

    def __init__(self, limit: int = _REMEMBERED_SIZE) -> None:
        """Nothing is known.

        Args:
            limit: of ``size``; a part that is larger alone is never known.
        """
        self._limit = limit
        self._known: OrderedDict[_Key, Marks] = OrderedDict()
        self.size = 0

    def unknown(self, parts: Iterable[DraftPart]) -> list[DraftPart]:
        """The sentences of which nothing is known, each once; the others count as used."""
        unknown = {}
        for part in parts:
            if _key(part) in self._known:
                self._known.move_to_end(_key(part))
            elif part.is_sentence:
                unknown[_key(part)] = part
        return list(unknown.values())

    def learn(self, part: DraftPart, marks: Marks) -> None:
        """Know these marks of a part, with offsets from its start."""
        self._forget(_key(part))
        self._known[_key(part)] = marks
        self.size += _size(_key(part))
        while self.size > self._limit:
            self._forget(next(iter(self._known)))

    def learn_whole(self, parts: Sequence[DraftPart], answer: Mapping[str, Any]) -> None:
        """Know of all parts what the answer to the whole draft says of them.

        Args:
            parts: of the draft.
            answer: its sections by name, those of ``PLACES``.
        """
        starts = [part.start for part in parts]
        found: list[dict[str, list[Place]]] = [{name: [] for name in answer} for _ in parts]
        for name, section in answer.items():
            for place in section.get(PLACES[name], ()):
                index = bisect_right(starts, place["start"]) - 1
                if index >= 0 and place["end"] <= parts[index].end:
                    found[index][name].append(_moved(place, -parts[index].start))
        for part, marks in zip(parts, found, strict=True):
            self.learn(part, marks)

    def of(self, parts: Iterable[DraftPart], analyses: Iterable[str]) -> dict[str, Any]:
        """What is known of a draft: sections with their places alone, by analysis."""
        known = [(part, self._known.get(_key(part), {})) for part in parts]
        return {
            name: {
                PLACES[name]: [
                    _moved(place, part.start)
                    for part, marks in known
                    for place in marks.get(name, ())
                ]
            }
            for name in analyses
            if name in PLACES
        }

    def clear(self) -> None:
        """Know nothing."""
        self._known.clear()
        self.size = 0

    def _forget(self, key: _Key) -> None:
        if self._known.pop(key, None) is not None:
            self.size -= _size(key)


def _moved(place: Mapping[str, Any], by: int) -> Place:
    """A place so many units further on, without what only its own text tells."""
    kept = {name: value for name, value in place.items() if name not in _OF_THE_WHOLE}
    return kept | {"start": place["start"] + by, "end": place["end"] + by}


def _key(part: DraftPart) -> _Key:
    return part.language, part.text


def _size(key: _Key) -> int:
    return OVERHEAD + len(key[1])
