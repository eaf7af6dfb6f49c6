"""The rules of a workspace, made ready to be laid over answers.

Pure: knows texts and answers, neither HTTP nor a database.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from deployments.text.document import plain_text
from serve_app.corrections.phrases import (
    Occurrence,
    Phrase,
    PhraseFinder,
    readable,
)
from serve_app.corrections.values import Rule, RuleKind

#: Nothing within one of these is read as words.
_SIGNALS = ("hashtags", "mentions", "links")


class Correctable(Protocol):
    """A post, as far as rules are for it or not."""

    @property
    def text(self) -> str:
        """As it was sent."""

    @property
    def language(self) -> str | None:
        """As the caller told it; it counts before the one that was detected."""

    @property
    def author(self) -> str | None:
        """By any name."""

    @property
    def tags(self) -> Sequence[str]:
        """All of them."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place where a rule speaks of the text."""

    start: int
    end: int
    rule: Rule


class RuleScope:
    """Which rules are for a post."""

    def __init__(self, post: Correctable, analysis: Mapping[str, Any]) -> None:
        """The scope of a post, of which the models said ``analysis``."""
        self._language = post.language or analysis.get("language", {}).get("code")
        self._post = post

    def has(self, rule: Rule) -> bool:
        """Whether the rule is for the post."""
        return rule.is_for(self._language, self._post.author, self._post.tags)


@dataclass(frozen=True, slots=True)
class Marks:
    """What the rules that are for one post say of its text, and of the items of its answer.

    Attributes:
        plain: the text as it was read; as long as it was sent.
        by_kind: the places of each kind, in the order of the text; they may overlap.
        names: rules by which items with some names are none.
        scope: of the post.
    """

    plain: str
    by_kind: Mapping[RuleKind, Sequence[Mark]]
    names: Mapping[RuleKind, Mapping[Phrase, Sequence[Rule]]]
    scope: RuleScope

    def of(self, kind: RuleKind) -> Sequence[Mark]:
        """All places of a kind."""
        return self.by_kind.get(kind, ())

    def apart(self, kind: RuleKind) -> Iterator[Mark]:
        """Those that overlap no other: of two the one that begins first, else the longer one."""
        end = 0
        for mark in sorted(self.of(kind), key=lambda m: (m.start, -m.end, m.rule.id)):
            if mark.start >= end:
                yield mark
                end = mark.end

    def speak_of(self, kind: RuleKind) -> bool:
        """Whether there is anything of a kind."""
        return kind in self.by_kind or bool(self.names[kind])

    def against(self, kind: RuleKind, name: str) -> Rule | None:
        """The rule by which an item with this name is none."""
        for match_case in (True, False) if self.names[kind] else ():
            phrase = Phrase.of(name, match_case=match_case)
            for rule in self.names[kind].get(phrase, ()):
                if self.scope.has(rule):
                    return rule
        return None

    def __bool__(self) -> bool:
        return bool(self.by_kind) or any(self.names.values())


class RuleSet:
    """The rules of one workspace; false where there are none."""

    def __init__(self, rules: Sequence[Rule] = (), version: int = 0) -> None:
        """The rules in force, which are those of a ``version``: each change makes another."""
        self.version = version
        self.rules = sorted(rules, key=lambda rule: rule.id)
        self._by_phrase: dict[Phrase, list[Rule]] = defaultdict(list)
        self._by_name: dict[RuleKind, dict[Phrase, list[Rule]]] = {kind: {} for kind in RuleKind}
        for rule in self.rules:
            for phrase in phrases_of(rule):
                if rule.names_items:
                    self._by_name[rule.kind].setdefault(phrase, []).append(rule)
                else:
                    self._by_phrase[phrase].append(rule)
        self._finder = PhraseFinder(self._by_phrase)

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def nested(self) -> int:
        """How many phrases end at one place of a text at most."""
        return self._finder.nested

    def marks(self, post: Correctable, analysis: Mapping[str, Any]) -> Marks:
        """What the rules say of a post, of which the models said ``analysis``."""
        scope = RuleScope(post, analysis)
        plain = read_plain(post.text)
        found = self._finder.find(plain) if self._by_phrase else []
        marks = self._marks(_outside_signals(found, analysis), scope) if found else {}
        return Marks(plain, marks, self._by_name, scope)

    def touches(self, text: str) -> bool:
        """Whether the rules can change anything of a text; seldom True where they do not."""
        return any(self._by_name.values()) or bool(self._finder.find(read_plain(text)))

    def _marks(self, found: Sequence[Occurrence], scope: RuleScope) -> dict[RuleKind, list[Mark]]:
        firsts = {phrase: self._first_rules(phrase, scope) for phrase, _, _ in found}
        marks: dict[RuleKind, list[Mark]] = defaultdict(list)
        for phrase, start, end in sorted(found, key=lambda each: each[1:]):
            for rule in firsts[phrase]:
                marks[rule.kind].append(Mark(start, end, rule))
        return marks

    def _first_rules(self, phrase: Phrase, scope: RuleScope) -> list[Rule]:
        """The oldest rule of each kind: the others of a phrase say the same."""
        firsts: dict[RuleKind, Rule] = {}
        for rule in self._by_phrase[phrase]:
            if rule.kind not in firsts and scope.has(rule):
                firsts[rule.kind] = rule
        return list(firsts.values())


def read_plain(text: str) -> str:
    """The text as phrases are looked for in it; same length."""
    return readable(plain_text(text))


def phrases_of(rule: Rule) -> list[Phrase]:
    """The phrases of a rule, as they are compared."""
    return [Phrase.of(text, match_case=rule.match_case) for text in rule.phrases]


def _outside_signals(found: Sequence[Occurrence], analysis: Mapping[str, Any]) -> list[Occurrence]:
    """Without what stands in a link, a hashtag or a mention, unless it begins with its sign."""
    signals = analysis.get("signals", {})
    spans = sorted(
        (each["start"], each["end"]) for name in _SIGNALS for each in signals.get(name, ())
    )
    if not spans:
        return list(found)
    ends = [end for _, end in spans]

    def is_outside(occurrence: Occurrence) -> bool:
        phrase, start, end = occurrence
        place = bisect_left(ends, start + 1)
        return phrase.key[0] in "#@" or place == len(spans) or spans[place][0] >= end

    return [occurrence for occurrence in found if is_outside(occurrence)]
