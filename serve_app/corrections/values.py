"""What a rule or a correction says, as plain values: kinds, phrases, scopes.

Knows neither texts nor analyses, neither HTTP nor a database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from serve_app.corrections.phrases import phrase_key

#: Labels of sentences and posts, in the order in which equal probabilities are told apart.
POLARITIES = ("neutral", "positive", "negative")


class RuleKind(StrEnum):
    """What a rule speaks of."""

    SENTIMENT = "sentiment"
    ENTITY = "entity"
    KEYWORD = "keyword"


class RuleState(StrEnum):
    """How far a rule is: kept posts follow it while it is ``applying`` or ``withdrawing``."""

    APPLYING = "applying"
    IN_FORCE = "in_force"
    WITHDRAWING = "withdrawing"
    WITHDRAWN = "withdrawn"


class CorrectionKind(StrEnum):
    """Which part of an answer a correction is of."""

    SENTIMENT = "sentiment"
    SENTENCE = "sentence"
    MIXED = "mixed"
    TONE = "tone"
    ENTITY = "entity"
    KEYWORD = "keyword"


#: The section of an answer that each kind of correction changes.
SECTIONS = {
    CorrectionKind.SENTIMENT: "sentiment",
    CorrectionKind.SENTENCE: "sentiment",
    CorrectionKind.MIXED: "sentiment",
    CorrectionKind.TONE: "tone",
    CorrectionKind.ENTITY: "entities",
    CorrectionKind.KEYWORD: "keywords",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds for every post of a workspace, or of a part of it, that has one of some phrases.

    Attributes:
        id: UUIDv7 of when it was made; of two rules, the older one counts first.
        kind: what it speaks of.
        phrases: each once.
        value: the polarity of a sentence, the label of an entity, True for what is a keyword;
            None is no entity, False no keyword.
        match_case: whether phrases match as they are written alone.
        instead_of: the only polarity that it changes; None changes every other.
        language: of the posts that it is for; None is any. Likewise ``author`` and ``tag``.
    """

    id: UUID
    kind: RuleKind
    phrases: tuple[str, ...]
    value: str | bool | None
    match_case: bool = False
    instead_of: str | None = None
    language: str | None = None
    author: str | None = None
    tag: str | None = None

    @property
    def names_items(self) -> bool:
        """Whether its phrases are compared with items of an answer, and not with the text."""
        return self.value is None or self.value is False

    def is_for(self, language: str | None, author: str | None, tags: Sequence[str]) -> bool:
        """Whether it is for such posts."""
        return (
            self.language in (None, language)
            and self.author in (None, author)
            and (self.tag is None or self.tag in tags)
        )


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of one answer.

    Attributes:
        id: UUIDv7 of when it was first made.
        post_id: of the post.
        revision: of the post's text; of other texts it says nothing.
        kind: which part it is of.
        value: the label, the word, or whether it is mixed or a keyword; None is no entity.
        start, end: of the sentence or the entity, in code points; None for other kinds.
        phrase: the keyword; None for other kinds.
        created_at: when it was made last.
    """

    id: UUID
    post_id: UUID
    revision: int
    kind: CorrectionKind
    value: str | bool | None
    start: int | None = None
    end: int | None = None
    phrase: str | None = None
    created_at: datetime | None = None

    @property
    def target(self) -> str:
        """What it is of, as one string: a text has at most one correction of each."""
        if self.phrase is not None:
            return f"{self.kind}:{phrase_key(self.phrase, match_case=False)}"
        return self.kind if self.start is None else f"{self.kind}:{self.start}-{self.end}"


@dataclass(frozen=True, slots=True)
class Source:
    """Who changed something: a rule or a correction."""

    rule: UUID | None = None
    correction: UUID | None = None
