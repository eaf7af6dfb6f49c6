"""Which key phrases, names, hashtags, mentions and links one text has, and another has not.

Pure: takes sections of the answers of /v1/analyze.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from serve_app.posts import comparison_sentences as sentences
from serve_app.posts.comparison_schemas import (
    ComparedEntity,
    EntitiesComparison,
    KeywordPair,
    KeywordsComparison,
    KeywordScore,
    NamesChange,
    SignalsComparison,
    rounded,
)
from serve_app.posts.terms import folded

_Section = Mapping[str, Any]
_Item = Mapping[str, Any]


def compare_keywords(old: _Section, new: _Section) -> KeywordsComparison:
    """Key phrases that came, went and stayed."""
    before, after = (_by_key(section["items"], _name) for section in (old, new))
    gained, lost = _without(after, before), _without(before, after)
    kept = [(before[key], item) for key, item in after.items() if key in before]
    return KeywordsComparison(
        summary=sentences.of_keywords(_texts(gained), _texts(lost), len(kept)),
        changed=bool(gained or lost),
        gained=[KeywordScore(text=item["text"], score=item["score"]) for item in gained],
        lost=[KeywordScore(text=item["text"], score=item["score"]) for item in lost],
        kept=[
            KeywordPair(text=item["text"], **rounded(earlier["score"], item["score"]))
            for earlier, item in kept
        ],
    )


def compare_entities(old: _Section, new: _Section) -> EntitiesComparison:
    """Names that came and went, each with its label."""
    before, after = (_by_key(section["items"], _entity) for section in (old, new))
    gained = _entities(_without(after, before), new["items"])
    lost = _entities(_without(before, after), old["items"])
    names = [[f"{entity.text} ({entity.label})" for entity in side] for side in (gained, lost)]
    return EntitiesComparison(
        summary=sentences.of_names(*names, kind="Names"),
        changed=bool(gained or lost),
        gained=gained,
        lost=lost,
    )


def compare_signals(old: _Section, new: _Section) -> SignalsComparison:
    """Hashtags, mentions and links that came and went."""
    changes = {name: _names_change(old[name], new[name]) for name in ("hashtags", "mentions")}
    links = _names_change(old["links"], new["links"], folds=False)
    everything = [*changes.values(), links]
    gained = [name for change in everything for name in change.gained]
    lost = [name for change in everything for name in change.lost]
    return SignalsComparison(
        summary=sentences.of_names(gained, lost, kind="Hashtags, mentions and links"),
        changed=bool(gained or lost),
        hashtags=changes["hashtags"],
        mentions=changes["mentions"],
        links=links,
    )


def _names_change(old: Sequence[_Item], new: Sequence[_Item], *, folds: bool = True) -> NamesChange:
    key = _sign if folds else _exact
    before, after = _by_key(old, key), _by_key(new, key)
    return NamesChange(gained=_texts(_without(after, before)), lost=_texts(_without(before, after)))


def _by_key(items: Iterable[_Item], key: Callable[[_Item], Hashable]) -> dict[Hashable, _Item]:
    """The first item of each key, in their order."""
    found: dict[Hashable, _Item] = {}
    for item in items:
        found.setdefault(key(item), item)
    return found


def _without(items: Mapping[Hashable, _Item], others: Mapping[Hashable, _Item]) -> list[_Item]:
    return [item for key, item in items.items() if key not in others]


def _entities(items: Iterable[_Item], all_items: Iterable[_Item]) -> list[ComparedEntity]:
    mentions = Counter(map(_entity, all_items))
    return [
        ComparedEntity(text=item["text"], label=item["label"], mentions=mentions[_entity(item)])
        for item in items
    ]


def _texts(items: Iterable[_Item]) -> list[str]:
    return [item["text"] for item in items]


def _name(item: _Item) -> str:
    return folded(item["text"])


def _entity(item: _Item) -> tuple[str, str]:
    return folded(item["text"]), item["label"]


def _sign(item: _Item) -> str:
    """A hashtag or mention as it is compared; both signs are written in two widths."""
    return folded(item["text"].lstrip("#＃@＠"))


def _exact(item: _Item) -> str:
    text: str = item["text"]
    return text
