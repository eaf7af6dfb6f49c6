"""What PostLens says about a post: the frozen result types.

Holds plain data only. Every offset is a code point index into the text exactly
as it was sent: ``text[start:end]`` is the surface, HTML in its midst included. How a
result becomes JSON is described in :mod:`deployments.wire`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

#: The 28 labels of GoEmotions (Demszky et al. 2020), in the order of its label file.
EMOTIONS = (
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion",
    "curiosity", "desire", "disappointment", "disapproval", "disgust", "embarrassment",
    "excitement", "fear", "gratitude", "grief", "joy", "love", "nervousness", "optimism",
    "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
)  # fmt: skip


class Status(StrEnum):
    """How one analysis of one post ended."""

    OK = "ok"
    TIMEOUT = "timeout"
    FAILED = "failed"
    SHED = "shed"
    UNSUPPORTED_LANGUAGE = "unsupported_language"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the text, ``text[start:end]``, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Model:
    """What computed a section: a readable name, and as ``digest`` the version of the model.

    The version is a SHA-256 over weights, settings and rules: it changes whenever an answer
    could.
    """

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Language:
    """ISO 639-1 code, or ``und`` where the text does not tell; confidence 0..1."""

    code: str
    confidence: float


@dataclass(frozen=True, slots=True)
class LanguageSpan:
    """A stretch of the text, whole lines of it, and the code of the language it is written in."""

    code: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signal:
    """A hashtag, mention, link or emoji, as written but without HTML within it."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signals:
    """What in a post is not prose."""

    hashtags: tuple[Signal, ...]
    mentions: tuple[Signal, ...]
    links: tuple[Signal, ...]
    emoji: tuple[Signal, ...]


class Result:
    """What one analysis says about one post; the base of every result type."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class PolarityScores:
    """Probabilities of the three classes, each 0..1, summing to 1."""

    positive: float
    neutral: float
    negative: float


@dataclass(frozen=True, slots=True)
class SentenceSentiment:
    """The likeliest class of one sentence and its probability."""

    start: int
    end: int
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Sentiment(Result):
    """How the post feels: ``label`` is positive, neutral or negative.

    ``mixed`` where praise and complaint stand side by side: see sentiment.mixed.
    """

    label: str
    mixed: bool
    scores: PolarityScores
    sentences: tuple[SentenceSentiment, ...]
    covered: Span


@dataclass(frozen=True, slots=True)
class ToneEvidence:
    """A sentence that carries the dominant word, and how much, 0..1."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Tone(Result):
    """How the post sounds. Every number is 0..1; ``emotions`` has the 28 names of EMOTIONS.

    ``evidence`` is up to three sentences that carry the ``dominant`` word, strongest first.
    """

    dominant: str
    evidence: tuple[ToneEvidence, ...]
    emotions: dict[str, float]
    formality: float
    politeness: float
    subjectivity: float
    covered: Span


@dataclass(frozen=True, slots=True)
class Keyword:
    """A key phrase as written at its first occurrence; ``score`` 0..1, higher is closer.

    ``occurrences`` are all places where it stands, the first among them, in order and without
    overlaps; case, plural and hyphens may differ from one to the next.
    """

    text: str
    score: float
    start: int
    end: int
    occurrences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Keywords(Result):
    """What the post is about, best first; the first n are the answer to ``top_n = n``."""

    items: tuple[Keyword, ...]
    covered: Span


@dataclass(frozen=True, slots=True)
class Entity:
    """A mention of a name; ``label`` is one of entities.LABELS, ``score`` 0..1.

    ``group`` is equal for mentions of one entity; numbered from 0 by first mention.
    """

    text: str
    label: str
    start: int
    end: int
    score: float
    group: int


@dataclass(frozen=True, slots=True)
class Entities(Result):
    """Who and what is named, in the order of the text, without overlaps."""

    items: tuple[Entity, ...]
    covered: Span


@dataclass(frozen=True, slots=True)
class HardSentence:
    """A sentence among the hardest; its Flesch-Kincaid grade where the text is English."""

    start: int
    end: int
    grade: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readability(Result):
    """How the post reads: ``ease`` 0 (hard) to 100 (easy), then the published formulas.

    A text has the formulas that were published for its language, and no others: they are None
    here and left out in JSON. Where a language has none, ``ease`` and ``syllables`` are missing
    too. ``flesch_reading_ease`` to ``grade`` are English; grades are US school years.

    Attributes:
        ease: 50 is the average of mixed prose in the language, 20 a standard deviation.
        grade: median of the English formulas that give school years.
        lix: German, French, Swedish, Danish; 20 very easy, 60 very hard.
        flesch_amstad: German, 0 hard to 100 easy.
        wiener_sachtextformel: German, Austrian school years, 4 to 15.
        kandel_moles: French, 0 hard to 100 easy.
        fernandez_huerta: Spanish, 0 hard to 100 easy.
        szigriszt_pazos: Spanish, 0 hard to 100 easy.
        inflesz: Spanish, the band of ``szigriszt_pazos`` in words, "muy fácil" the easiest.
        flesch_martins: Portuguese, 0 hard to 100 easy.
        gulpease: Italian, 0 hard to 100 easy.
        flesch_douma: Dutch, 0 hard to 100 easy.
        pisarek: Polish, years of schooling.
        pisarek_linear: Polish, its linear form.
        reading_time_s: seconds of silent reading.
        hardest_sentences: the hardest first.
    """

    ease: float | None = None
    flesch_reading_ease: float | None = None
    flesch_kincaid_grade: float | None = None
    gunning_fog: float | None = None
    smog: float | None = None
    coleman_liau: float | None = None
    automated_readability: float | None = None
    dale_chall: float | None = None
    grade: float | None = None
    lix: float | None = None
    flesch_amstad: float | None = None
    wiener_sachtextformel: float | None = None
    kandel_moles: float | None = None
    fernandez_huerta: float | None = None
    szigriszt_pazos: float | None = None
    inflesz: str | None = None
    flesch_martins: float | None = None
    gulpease: float | None = None
    flesch_douma: float | None = None
    pisarek: float | None = None
    pisarek_linear: float | None = None
    words: int
    sentences: int
    syllables: int | None = None
    reading_time_s: float
    hardest_sentences: tuple[HardSentence, ...]
    covered: Span


#: The analyses, in the order of an answer, each with its result type. A name is at once a
#: deployment, a folder, a result field, a metric label and a key of the configuration.
RESULT_TYPES: dict[str, type[Result]] = {
    "sentiment": Sentiment,
    "tone": Tone,
    "keywords": Keywords,
    "entities": Entities,
    "readability": Readability,
}

#: Their names.
ANALYSES = tuple(RESULT_TYPES)

R = TypeVar("R", bound=Result)


@dataclass(frozen=True, slots=True)
class CorrectedValue:
    """What a person changed in a section, by a rule or in this one answer.

    Attributes:
        field: of the result.
        model_said: its value before; None for an element that the model did not have.
        now: its value in the result; None for an element that is gone.
        rule: the id of the rule that changed it.
        correction: or that of the correction.
        index: of an element, its place in the model's list.
    """

    field: str
    model_said: Any
    now: Any
    rule: str | None = None
    correction: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Section(Generic[R]):
    """One analysis' part of an answer.

    Attributes:
        status: how it ended; ``result`` is there exactly when it is ``ok``.
        model: what computed it; None where no model was reached.
        took_ms: wall time of the batch this text was in, in milliseconds.
        result: the result itself.
        detail: for every other status, why, in a sentence for the user.
        languages: what the result was read from: of a post in several languages the lines in
            those that the analysis knows. Empty for every other status.
        corrected: where the result is not what the model said.
        vector: by which similar texts are found (:mod:`deployments.keywords.embedding`); it is in
            no answer, so that of a section read from one is empty.
    """

    status: Status
    model: Model | None
    took_ms: float
    result: R | None = None
    detail: str | None = None
    languages: tuple[LanguageSpan, ...] = ()
    corrected: tuple[CorrectedValue, ...] = ()
    vector: bytes = b""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The whole answer for one post. Sections that were not asked for are None."""

    id: str | None
    digest: str
    language: Language
    cache: str
    signals: Signals
    sentiment: Section[Sentiment] | None = None
    tone: Section[Tone] | None = None
    keywords: Section[Keywords] | None = None
    entities: Section[Entities] | None = None
    readability: Section[Readability] | None = None
