"""Rules that say opposite things of one phrase: refused, since neither could be relied on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from serve_app.corrections.phrases import Phrase
from serve_app.corrections.rule_set import phrases_of
from serve_app.corrections.values import Rule


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A phrase of which another rule says something else, and its place among the new ones."""

    number: int
    phrase: str
    rule: Rule


def contradiction(rule: Rule, others: Iterable[Rule]) -> Contradiction | None:
    """The first phrase of a rule of which another one says something else, for the same posts."""
    opposed = [each for each in others if _may_oppose(rule, each)]
    by_key: dict[str, list[tuple[Phrase, Rule]]] = {}
    for other in opposed:
        for phrase in phrases_of(other):
            by_key.setdefault(phrase.folded_key, []).append((phrase, other))
    for number, phrase in enumerate(phrases_of(rule)):
        for other_phrase, other in by_key.get(phrase.folded_key, ()):
            if _can_be_one(phrase, other_phrase):
                return Contradiction(number, rule.phrases[number], other)
    return None


def phrase_count(rules: Sequence[Rule]) -> int:
    """How many phrases rules have together."""
    return sum(len(rule.phrases) for rule in rules)


def _may_oppose(one: Rule, other: Rule) -> bool:
    return (
        one.kind is other.kind
        and one.value != other.value
        and _overlap(one.language, other.language)
        and _overlap(one.author, other.author)  # posts of two tags there may always be
    )


def _overlap(one: str | None, other: str | None) -> bool:
    """Whether posts can be in both scopes, of which None is all posts."""
    return one is None or other is None or one == other


def _can_be_one(one: Phrase, other: Phrase) -> bool:
    return one.key == other.key or not (one.match_case and other.match_case)
