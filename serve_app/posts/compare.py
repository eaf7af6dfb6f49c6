"""What changed from one text to another: in its words, and in each section of the analysis.

Pure: takes texts with the JSON answers of /v1/analyze, wherever they come from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from deployments.results import EMOTIONS, Status
from serve_app.posts import comparison_sentences as sentences
from serve_app.posts.compare_items import compare_entities, compare_keywords, compare_signals
from serve_app.posts.comparison_schemas import (
    BOTH_OK,
    ComparedTextBody,
    ComparisonBody,
    CountPair,
    EmotionPair,
    EntitiesComparison,
    FlagPair,
    KeywordsComparison,
    LanguageComparison,
    NumberPair,
    ReadabilityComparison,
    SectionComparison,
    SentimentComparison,
    SignalsComparison,
    TextComparison,
    ToneComparison,
    WordPair,
    rounded,
)
from serve_app.posts.text_changes import count_words, text_changes
from serve_app.response.timestamps import rfc3339

#: Of an emotion, or of formality and the like; less is the same for a reader.
LEAST_CHANGE = 0.05

_Analysis = Mapping[str, Any]
_Section = Mapping[str, Any]
C = TypeVar("C", bound=SectionComparison)


@dataclass(frozen=True, slots=True)
class AnalysedText:
    """A text with its analysis, and whose it is.

    Attributes:
        text: as it was sent.
        analysis: the answer of /v1/analyze, offsets in code points; None where there is none.
        post, revision, revised_at: of a kept one; None for a draft.
    """

    text: str
    analysis: _Analysis | None
    post: UUID | None = None
    revision: int | None = None
    revised_at: datetime | None = None


def compare(old: AnalysedText, new: AnalysedText) -> ComparisonBody:
    """What changed from the first to the second."""

    def compared(name: str, compare: Callable[[_Section, _Section], C], kind: type[C]) -> C:
        return _compare_sections(name, old.analysis, new.analysis, compare, kind)

    return ComparisonBody(
        old=_shown(old),
        new=_shown(new),
        text=_compare_texts(old.text, new.text),
        language=compared("language", _compare_languages, LanguageComparison),
        sentiment=compared("sentiment", _compare_sentiments, SentimentComparison),
        tone=compared("tone", _compare_tones, ToneComparison),
        keywords=compared("keywords", compare_keywords, KeywordsComparison),
        entities=compared("entities", compare_entities, EntitiesComparison),
        readability=compared("readability", _compare_readability, ReadabilityComparison),
        signals=compared("signals", compare_signals, SignalsComparison),
    )


def _shown(side: AnalysedText) -> ComparedTextBody:
    return ComparedTextBody(
        text=side.text,
        post=str(side.post) if side.post else None,
        revision=side.revision,
        revised_at=rfc3339(side.revised_at) if side.revised_at else None,
    )


def _compare_sections(
    name: str,
    old_analysis: _Analysis | None,
    new_analysis: _Analysis | None,
    compare: Callable[[_Section, _Section], C],
    kind: type[C],
) -> C:
    """What ``compare`` says of a section that both texts have; else why it says nothing."""
    old, new = (analysis and analysis.get(name) for analysis in (old_analysis, new_analysis))
    status = WordPair(old=_status(old, old_analysis), new=_status(new, new_analysis))
    differ = _models_differ(old, new)
    if not old or not new or status != BOTH_OK:
        comparison = kind(summary=sentences.not_compared(name, status), status=status)
        return comparison.model_copy(update={"models_differ": True}) if differ else comparison
    comparison = compare(old, new)
    if not differ:
        return comparison
    summary = comparison.summary
    summary = sentences.in_doubt(summary) if comparison.changed else summary
    return comparison.model_copy(update={"models_differ": True, "summary": summary})


def _models_differ(old: _Section | None, new: _Section | None) -> bool:
    models = [section and section.get("model") for section in (old, new)]
    return len({model["digest"] for model in models if model}) > 1


def _status(section: _Section | None, analysis: _Analysis | None) -> str:
    if analysis is None:
        return "not_analysed"
    if section is None:
        return "missing"
    status: str = section.get("status", Status.OK)  # signals and language have none
    return status


def _compare_texts(old: str, new: str) -> TextComparison:
    changes = text_changes(old, new)
    differences = [change for change in changes if change.kind != "equal"]
    removed = sum(count_words(old[each.old.start : each.old.end]) for each in differences)
    added = sum(count_words(new[each.new.start : each.new.end]) for each in differences)
    changed = bool(differences)
    return TextComparison(
        summary=sentences.of_texts(changed=changed, removed=removed, added=added),
        changed=changed,
        words_removed=removed,
        words_added=added,
        changes=changes,
    )


def _compare_languages(old: _Section, new: _Section) -> LanguageComparison:
    code = WordPair(old=old["code"], new=new["code"])
    summary = sentences.of_languages(code)
    return LanguageComparison(summary=summary, changed=code.differs, code=code)


def _compare_sentiments(old: _Section, new: _Section) -> SentimentComparison:
    label = WordPair(old=old["label"], new=new["label"])
    mixed = FlagPair(old=old["mixed"], new=new["mixed"])
    scores = {name: _numbers(old["scores"][name], new["scores"][name]) for name in old["scores"]}
    score = _numbers(
        scores["positive"].old - scores["negative"].old,
        scores["positive"].new - scores["negative"].new,
    )
    return SentimentComparison(
        summary=sentences.of_sentiments(label, mixed, score),
        changed=label.differs or mixed.old != mixed.new or sentences.is_visible(score),
        label=label,
        mixed=mixed,
        score=score,
        scores=scores,
    )


def _compare_tones(old: _Section, new: _Section) -> ToneComparison:
    dominant = WordPair(old=old["dominant"], new=new["dominant"])
    emotions = _compare_emotions(old["emotions"], new["emotions"])
    scales = {
        name: _numbers(old[name], new[name]) for name in ("formality", "politeness", "subjectivity")
    }
    shifted = any(abs(pair.difference) >= LEAST_CHANGE for pair in scales.values())
    return ToneComparison(
        summary=sentences.of_tones(dominant, emotions),
        changed=dominant.differs or bool(emotions) or shifted,
        dominant=dominant,
        emotions=emotions,
        formality=scales["formality"],
        politeness=scales["politeness"],
        subjectivity=scales["subjectivity"],
    )


def _compare_emotions(old: Mapping[str, float], new: Mapping[str, float]) -> list[EmotionPair]:
    pairs = (EmotionPair(emotion=name, **rounded(old[name], new[name])) for name in EMOTIONS)
    differing = [pair for pair in pairs if abs(pair.difference) >= LEAST_CHANGE]
    return sorted(differing, key=lambda pair: -abs(pair.difference))


def _compare_readability(old: _Section, new: _Section) -> ReadabilityComparison:
    ease = _numbers_of("ease", old, new)
    grade = _numbers_of("grade", old, new)
    words, count = (_counts(old[name], new[name]) for name in ("words", "sentences"))
    time = _numbers(old["reading_time_s"], new["reading_time_s"])
    changed = any(pair.difference for pair in (ease, grade, words, count, time) if pair)
    return ReadabilityComparison(
        summary=sentences.of_readability(ease, words, count, changed=changed),
        changed=changed,
        ease=ease,
        grade=grade,
        words=words,
        sentences=count,
        reading_time_s=time,
    )


def _numbers_of(name: str, old: _Section, new: _Section) -> NumberPair | None:
    """What texts of some languages have."""
    values = old.get(name), new.get(name)
    return None if None in values else _numbers(old[name], new[name])


def _numbers(old: float, new: float) -> NumberPair:
    return NumberPair(**rounded(old, new))


def _counts(old: int, new: int) -> CountPair:
    return CountPair(old=old, new=new, difference=new - old)
