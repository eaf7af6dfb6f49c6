"""What changed from one text to another, as the client gives it; see ``POST /v1/posts:compare``.

``old`` and ``new`` are of the first and of the second text.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import Field

from deployments.results import Span

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair(Generic[T]):
    """What both texts have."""

    old: Annotated[T, Field(alias="from")]
    new: Annotated[T, Field(alias="to")]


@dataclass(frozen=True, slots=True)
class NumberPair(Pair[float]):
    """A number of both, and how much larger that of the second is."""

    difference: float


@dataclass(frozen=True, slots=True)
class CountPair(Pair[int]):
    """A count of both, and how much larger that of the second is."""

    difference: int


@dataclass(frozen=True, slots=True)
class EmotionPair(NumberPair):
    """How strong an emotion is in both."""

    emotion: str


@dataclass(frozen=True, slots=True)
class KeywordPair(NumberPair):
    """A key phrase of both, with its scores."""

    text: str


@dataclass(frozen=True, slots=True)
class KeywordScore:
    """A key phrase of one of them."""

    text: str
    score: float


@dataclass(frozen=True, slots=True)
class EntityName:
    """A name of one of them, and how often it stands there."""

    text: str
    label: str
    mentions: int


@dataclass(frozen=True, slots=True)
class NamesChange:
    """Names that only the second has, and that only the first has."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextChange:
    """A stretch of both texts that is equal, removed, added or replaced; in code points."""

    kind: str
    old: Annotated[Span, Field(alias="from")]
    new: Annotated[Span, Field(alias="to")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextComparison:
    """Both texts, word by word; ``changes`` cover them from beginning to end."""

    summary: str
    changed: bool
    words_removed: int
    words_added: int
    changes: tuple[TextChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionComparison:
    """Of one part of both analyses; all but the first two are None unless both are ``ok``.

    Attributes:
        summary: what changed, in a sentence.
        status: how the section ended for each text.
        changed: whether what is told here differs.
        models_differ: whether different versions of the model have read them.
    """

    summary: str
    status: Pair[str]
    changed: bool | None = None
    models_differ: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageComparison(SectionComparison):
    """The language that was detected."""

    code: Pair[str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentComparison(SectionComparison):
    """Sentiment; ``score`` is the probability of positive less that of negative."""

    label: Pair[str | None] | None = None
    mixed: Pair[bool] | None = None
    score: NumberPair | None = None
    scores: dict[str, NumberPair] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToneComparison(SectionComparison):
    """Tone; ``emotions`` are those that differ by 0.05 or more, most first."""

    dominant: Pair[str | None] | None = None
    emotions: tuple[EmotionPair, ...] | None = None
    formality: NumberPair | None = None
    politeness: NumberPair | None = None
    subjectivity: NumberPair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeywordsComparison(SectionComparison):
    """Key phrases, best first."""

    gained: tuple[KeywordScore, ...] | None = None
    lost: tuple[KeywordScore, ...] | None = None
    kept: tuple[KeywordPair, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitiesComparison(SectionComparison):
    """Names with their labels."""

    gained: tuple[EntityName, ...] | None = None
    lost: tuple[EntityName, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadabilityComparison(SectionComparison):
    """Readability; None where a text's language has no such number."""

    ease: NumberPair | None = None
    grade: NumberPair | None = None
    words: CountPair | None = None
    sentences: CountPair | None = None
    reading_time_s: NumberPair | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalsComparison(SectionComparison):
    """What is not prose."""

    hashtags: NamesChange | None = None
    mentions: NamesChange | None = None
    links: NamesChange | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedText:
    """One of the texts; all but the text are None for a draft."""

    text: str
    post: UUID | None
    revision: int | None
    revised_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What changed, in the text and in each part of the analysis."""

    old: Annotated[ComparedText, Field(alias="from")]
    new: Annotated[ComparedText, Field(alias="to")]
    text: TextComparison
    language: LanguageComparison
    sentiment: SentimentComparison
    tone: ToneComparison
    keywords: KeywordsComparison
    entities: EntitiesComparison
    readability: ReadabilityComparison
    signals: SignalsComparison

    def summaries(self) -> dict[str, str]:
        """What changed in each part, in a sentence."""
        parts = ("text", "language", "sentiment", "tone", "keywords", "entities", "readability",
                 "signals")  # fmt: skip
        return {name: getattr(self, name).summary for name in parts}
