"""Whole posts in other languages than English, written for this project, labelled for all tasks.

A line of ``training/data/posts_by_language/CODE.jsonl`` is a post; what its fields mean, and by
which rules they were given, stands in ``training/data/README.md``. Knows files and labels; nothing
of models.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from deployments.entities.mention import NAME_LABELS
from deployments.results import EMOTIONS
from deployments.text.document import Document
from training.datasets.entity_sets import EntitySpan, EntityText, marked_document, parse_marks
from training.datasets.folders import CARRIED
from training.datasets.json_lines import read_json_lines
from training.datasets.label_maps import POLARITY

FOLDER = CARRIED / "posts_by_language"
SPLITS = ("train", "validation")
#: Formality and politeness are given on 0..4 and read as 0..1.
HIGHEST_GRADE = 4
#: What a post may show that a model has to learn; each language has several of each kind.
PHENOMENA = (
    "ai_product", "common_word_company", "congratulations", "emoji_sentiment", "figures",
    "formal_pride", "greeting", "mixed", "names_list", "negation", "neutral_facts", "question",
    "sarcasm", "understatement",
)  # fmt: skip
_FIELDS = {
    "id", "split", "segments", "label", "mixed", "formality", "politeness", "keyphrases", "kinds",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LabelledSegment:
    """``text[start:end]``, a sentence, a line or some of them, and how it sounds.

    Attributes:
        polarity: class number of ``label_maps.POLARITY``.
        emotions: one to three of ``deployments.results.EMOTIONS``.
    """

    start: int
    end: int
    polarity: int
    emotions: frozenset[str]


@dataclass(frozen=True, slots=True)
class MultitaskPost:
    """A post with a label for every task.

    Attributes:
        id: unique among all files, as "es-001".
        split: one of SPLITS.
        document: the post as the service reads it.
        names: its names, those in hashtags, mentions and links left out.
        segments: the whole text in parts, each with its trailing blanks.
        polarity: of the whole, class number of ``label_maps.POLARITY``.
        mixed: whether it both praises and complains.
        formality: 0..1.
        politeness: 0..1.
        keyphrases: substrings of the text, the best first.
        kinds: its subjects, and those of PHENOMENA that it shows.
    """

    id: str
    split: str
    document: Document
    names: EntityText
    segments: tuple[LabelledSegment, ...]
    polarity: int
    mixed: bool
    formality: float
    politeness: float
    keyphrases: tuple[str, ...]
    kinds: frozenset[str]

    @property
    def sentences(self) -> tuple[LabelledSegment, ...]:
        """For each of the document's sentences the segment in which it begins."""
        starts = [segment.start for segment in self.segments]
        return tuple(
            self.segments[bisect_right(starts, sentence.start) - 1]
            for sentence in self.document.sentences
        )


def languages() -> tuple[str, ...]:
    """The codes of the languages that have a file, in the order of the alphabet."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.jsonl")))


def read_language(code: str, *, split: str | None = None) -> list[MultitaskPost]:
    """The posts of a language in the order of its file, of one split or of both.

    Raises:
        FileNotFoundError: the language has no file.
        ValueError: a line is not as it should be.
    """
    posts = read_file(FOLDER / f"{code}.jsonl")
    return [post for post in posts if split in (None, post.split)]


def read_file(path: Path) -> Iterator[MultitaskPost]:
    """The posts of a file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: a line is not as it should be; says which, why, and what to write instead.
    """
    for number, row in enumerate(read_json_lines(path), 1):
        try:
            yield read_post(row)
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error


def read_post(row: Mapping[str, Any]) -> MultitaskPost:
    """One line's post.

    Raises:
        ValueError: a field is missing, unknown, or has a value that it must not have.
    """
    if row.keys() != _FIELDS:
        raise ValueError(f"its fields are {sorted(row)}; give exactly {sorted(_FIELDS)}.")
    document, names, segments = _read_segments(_rows(row["segments"]))
    return MultitaskPost(
        id=_of_type(row, "id", str),
        split=SPLITS[_index(row, "split", SPLITS)],
        document=document,
        names=names,
        segments=segments,
        polarity=_index(row, "label", POLARITY),
        mixed=_of_type(row, "mixed", bool),
        formality=_grade(row, "formality"),
        politeness=_grade(row, "politeness"),
        keyphrases=_keyphrases(_strings(row, "keyphrases"), document.text),
        kinds=frozenset(_strings(row, "kinds")),
    )


def _rows(segments: Any) -> list[tuple[str, str, list[str]]]:
    match segments:
        case [[_, _, _], *_] if all(map(_is_segment, segments)):
            return [(text, sentiment, emotions) for text, sentiment, emotions in segments]
    raise ValueError(
        "'segments' is no list of [text, sentiment, [emotion, ...]]; give one or more."
    )


def _is_segment(segment: Any) -> bool:
    match segment:
        case [str(), str(), [*emotions]]:
            return all(isinstance(emotion, str) for emotion in emotions)
    return False


def _read_segments(
    rows: list[tuple[str, str, list[str]]],
) -> tuple[Document, EntityText, tuple[LabelledSegment, ...]]:
    text, spans = parse_marks("".join(marked for marked, _, _ in rows))
    _check_marks(text, spans)
    lengths = [len(parse_marks(marked)[0]) for marked, _, _ in rows]
    _check_joins([marked for marked, _, _ in rows])
    entity_document = marked_document(text, spans, NAME_LABELS)
    if lost := set(spans) - entity_document.spans:
        names = [text[span.start : span.end] for span in lost]
        raise ValueError(f"{names} stand in a hashtag, mention, link or emoji: mark none there.")
    edges = list(accumulate(lengths, initial=0))
    segments = tuple(
        _labelled_segment(start, end, sentiment, emotions)
        for (start, end), (_, sentiment, emotions) in zip(pairwise(edges), rows, strict=True)
    )
    return entity_document.document, entity_document.marked, segments


def _check_marks(text: str, spans: list[EntitySpan]) -> None:
    if labels := {span.label for span in spans} - set(NAME_LABELS):
        raise ValueError(f"no name is a {sorted(labels)}; mark [name|LABEL] with {NAME_LABELS}.")
    if any(sign in text for sign in "[]|"):
        raise ValueError("a mark is broken: brackets and bars stand in marks alone, [name|LABEL].")
    for span in spans:
        name = text[span.start : span.end]
        if name != name.strip() or "\n" in name:
            raise ValueError(f"'{name}' is marked with blanks or a line break: leave them outside.")


def _check_joins(marked: list[str]) -> None:
    for position, part in enumerate(marked):
        is_last = position == len(marked) - 1
        if not part.strip() or part[0].isspace() or part[-1].isspace() == is_last:
            raise ValueError(
                f"segment {position} is {part!r}; each begins with a sign and ends with the blanks"
                " or line feeds before the next, the last with none."
            )


def _labelled_segment(start: int, end: int, sentiment: str, emotions: list[str]) -> LabelledSegment:
    polarity = _index({"sentiment": sentiment}, "sentiment", POLARITY)
    if unknown := set(emotions) - set(EMOTIONS):
        raise ValueError(f"no emotion is called {sorted(unknown)}; give some of {EMOTIONS}.")
    if not 1 <= len(set(emotions)) <= 3:
        raise ValueError(f"a segment has the emotions {emotions}; give one to three.")
    return LabelledSegment(start, end, polarity, frozenset(emotions))


def _keyphrases(phrases: list[str], text: str) -> tuple[str, ...]:
    if missing := [phrase for phrase in phrases if phrase not in text]:
        raise ValueError(
            f"the key phrases {missing} are not in the text: copy them letter by letter."
        )
    return tuple(phrases)


def _grade(row: Mapping[str, Any], field: str) -> float:
    grade = _of_type(row, field, int)
    if not 0 <= grade <= HIGHEST_GRADE:
        raise ValueError(f"'{field}' is {grade}; give 0 to {HIGHEST_GRADE}.")
    return float(grade / HIGHEST_GRADE)


def _index(row: Mapping[str, Any], field: str, values: tuple[str, ...]) -> int:
    if row[field] not in values:
        raise ValueError(f"'{field}' is {row[field]!r}; give one of {values}.")
    return values.index(row[field])


def _strings(row: Mapping[str, Any], field: str) -> list[str]:
    values: list[Any] = _of_type(row, field, list)
    if not all(isinstance(value, str) and value for value in values):
        raise ValueError(f"'{field}' is {values!r}; give a list of words or phrases.")
    return values


def _of_type(row: Mapping[str, Any], field: str, kind: type) -> Any:
    if type(row[field]) is not kind:
        raise ValueError(f"'{field}' is {row[field]!r}; give a {kind.__name__}.")
    return row[field]
