"""What changed between two texts and their analyses: the answers of compare, as pydantic models.

Every ``from`` and ``to`` is of the first and of the second text.
"""

from pathlib import Path
from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field

from serve_app.posts.text_changes import TextChange

_DIGITS = 4


class _ComparedModel(BaseModel):
    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)


class WordPair(_ComparedModel):
    """A word or name of both texts; null where a text has none."""

    old: Annotated[str | None, Field(alias="from")]
    new: Annotated[str | None, Field(alias="to")]

    @property
    def differs(self) -> bool:
        """Whether the texts have different ones."""
        return self.old != self.new


class FlagPair(_ComparedModel):
    """Whether something holds for each."""

    old: Annotated[bool, Field(alias="from")]
    new: Annotated[bool, Field(alias="to")]


class NumberPair(_ComparedModel):
    """A number of both texts, and how much larger that of the second is."""

    old: Annotated[float, Field(alias="from")]
    new: Annotated[float, Field(alias="to")]
    difference: float


class CountPair(_ComparedModel):
    """A count of both texts, and how much larger that of the second is."""

    old: Annotated[int, Field(alias="from")]
    new: Annotated[int, Field(alias="to")]
    difference: int


def rounded(old: float, new: float) -> dict[str, float]:
    """The values of a :class:`NumberPair`: the difference is that of what is shown."""
    old, new = round(old, _DIGITS), round(new, _DIGITS)
    return {"old": old, "new": new, "difference": round(new - old, _DIGITS)}


class EmotionPair(NumberPair):
    """How strong an emotion is in both texts."""

    emotion: str


class KeywordScore(_ComparedModel):
    """A key phrase of one of the texts."""

    text: str
    score: float


class KeywordPair(NumberPair):
    """A key phrase that both texts have, with its scores."""

    text: str


class ComparedEntity(_ComparedModel):
    """A name of one of the texts, and how often it stands there."""

    text: str
    label: str
    mentions: Annotated[int, Field(ge=1)]


class NamesChange(_ComparedModel):
    """Names that only the second text has, and that only the first has."""

    gained: list[str]
    lost: list[str]


#: The status of a section that both texts have.
BOTH_OK = WordPair(old="ok", new="ok")


class SectionComparison(_ComparedModel):
    """Of one part of both analyses."""

    summary: Annotated[str, Field(description="What changed, in a sentence.")]
    status: Annotated[
        WordPair,
        Field(
            description="How the section ended for each text: `ok`, or why it has no result; "
            "`not_analysed` where there is no analysis at all. All else is null unless both are "
            "`ok`.",
        ),
    ] = BOTH_OK
    changed: Annotated[bool | None, Field(description="Whether what is told here differs.")] = None


class ModelComparison(SectionComparison):
    """Of a section that a model has given."""

    models_differ: Annotated[
        bool,
        Field(
            description="The texts were read by different versions of the model: what differs may "
            "be due to that."
        ),
    ] = False


class LanguageComparison(SectionComparison):
    """The language that was detected."""

    code: WordPair | None = None


class SentimentComparison(ModelComparison):
    """Sentiment of both texts."""

    label: WordPair | None = None
    mixed: FlagPair | None = None
    score: Annotated[
        NumberPair | None,
        Field(description="Probability of positive less that of negative, -1 to 1."),
    ] = None
    scores: Annotated[
        dict[str, NumberPair] | None,
        Field(description="Probability of each class."),
    ] = None


class ToneComparison(ModelComparison):
    """Tone of both texts."""

    dominant: WordPair | None = None
    emotions: Annotated[
        list[EmotionPair] | None,
        Field(description="Those that differ by 0.05 or more, most first."),
    ] = None
    formality: NumberPair | None = None
    politeness: NumberPair | None = None
    subjectivity: NumberPair | None = None


class KeywordsComparison(ModelComparison):
    """Key phrases of both texts; case and spaces make no difference."""

    gained: Annotated[list[KeywordScore] | None, Field(description="Best first.")] = None
    lost: Annotated[list[KeywordScore] | None, Field(description="Best first.")] = None
    kept: Annotated[
        list[KeywordPair] | None, Field(description="As in the second text, best first.")
    ] = None


class EntitiesComparison(ModelComparison):
    """Names in both texts, with their labels; case and spaces make no difference."""

    gained: list[ComparedEntity] | None = None
    lost: list[ComparedEntity] | None = None


class ReadabilityComparison(ModelComparison):
    """Readability of both texts; null where a text's language has no such number."""

    ease: NumberPair | None = None
    grade: NumberPair | None = None
    words: CountPair | None = None
    sentences: CountPair | None = None
    reading_time_s: NumberPair | None = None


class SignalsComparison(SectionComparison):
    """What is not prose; case makes no difference to hashtags and mentions."""

    hashtags: NamesChange | None = None
    mentions: NamesChange | None = None
    links: NamesChange | None = None


class TextComparison(_ComparedModel):
    """Both texts, word by word."""

    summary: Annotated[str, Field(description="What changed, in a sentence.")]
    changed: bool
    words_removed: Annotated[int, Field(ge=0)]
    words_added: Annotated[int, Field(ge=0)]
    changes: Annotated[
        list[TextChange],
        Field(
            description="Stretches that cover both texts from beginning to end; offsets are code "
            "points. What is `equal`, and all the `to` of what is not, is the second text."
        ),
    ]


_EXAMPLE = orjson.loads(Path(__file__).with_name("comparison_example.json").read_bytes())


class ComparedTextBody(_ComparedModel):
    """One of the two texts."""

    text: str
    post: Annotated[
        str | None,
        Field(
            description="The id of its post; null for a draft.",
            json_schema_extra={"format": "uuid"},
        ),
    ]
    revision: Annotated[int | None, Field(ge=1, description="Of the post; null for a draft.")]
    revised_at: Annotated[
        str | None,
        Field(
            description="When it became the post's text; null for a draft.",
            json_schema_extra={"format": "date-time"},
        ),
    ]


class ComparisonBody(_ComparedModel):
    """What changed from one text to another."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    old: Annotated[ComparedTextBody, Field(alias="from")]
    new: Annotated[ComparedTextBody, Field(alias="to")]
    text: TextComparison
    language: LanguageComparison
    sentiment: SentimentComparison
    tone: ToneComparison
    keywords: KeywordsComparison
    entities: EntitiesComparison
    readability: ReadabilityComparison
    signals: SignalsComparison
