"""Sentiment corrected: sentences by rules and corrections, and what follows for the post.

A corrected sentence keeps its score, which is how sure the model was. The post is then weighed
anew by the model's own formula (:mod:`deployments.sentiment.analyzer`), over sentences in the place
of segments: by how much each class gains or loses there, the post's probability of it grows or
shrinks. So a post of which no sentence is negative any more has no probability of it left.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deployments.sentiment.mixed import MIN_CLEAR
from serve_app.corrections.rule_set import Mark
from serve_app.corrections.sections.changes import (
    Entry,
    Section,
    element_entry,
    field_entry,
    with_entries,
)
from serve_app.corrections.values import POLARITIES, Correction, CorrectionKind, Source

# As the analyzer weighs segments.
_LEAST_WEIGHT = 1.02
_POLARITY_EXPONENT = 1.25

_Sentence = Mapping[str, Any]
_Scores = Mapping[str, float]


@dataclass(slots=True)
class _State:
    """The section while it is being corrected; ``sources`` say who changed each field."""

    label: str
    mixed: bool
    scores: _Scores
    sentences: list[_Sentence]
    changed: dict[int, Source]
    sources: dict[str, Source]


def correct_sentiment(
    section: Section, marks: Sequence[Mark], corrections: Sequence[Correction]
) -> Section:
    """The section as it counts; the same object where nothing changes.

    Args:
        section: with a result.
        marks: of rules of the kind ``sentiment``.
        corrections: of the post; those of other sections are left aside.
    """
    state = _State(
        section["label"], section["mixed"], section["scores"], list(section["sentences"]), {}, {}
    )
    _change_sentences(state, _by_rules(state.sentences, marks))
    _change_sentences(state, _by_people(state.sentences, corrections))
    _unchange_equal(state, section["sentences"])
    if state.changed:
        _weigh_anew(state, section)
    for correction in corrections:
        _correct_post(state, correction)
    return _finish(section, state)


def _by_rules(
    sentences: Sequence[_Sentence], marks: Sequence[Mark]
) -> dict[int, tuple[str, Source]]:
    """The labels that rules give to sentences, by the number of the sentence.

    Of several in one sentence the one that is not neutral counts, then the longest phrase, the
    first in the text, the oldest rule.
    """
    ends = [sentence["end"] for sentence in sentences]
    best: dict[int, Mark] = {}
    for mark in marks:
        number = bisect_left(ends, mark.start + 1)
        while number < len(sentences) and sentences[number]["start"] < mark.end:
            is_meant = mark.rule.instead_of in (None, sentences[number]["label"])
            if is_meant and (number not in best or _strength(mark) > _strength(best[number])):
                best[number] = mark
            number += 1
    return {
        number: (str(mark.rule.value), Source(rule=mark.rule.id)) for number, mark in best.items()
    }


def _strength(mark: Mark) -> tuple[bool, int, int, int]:
    rule = mark.rule
    return rule.value != "neutral", mark.end - mark.start, -mark.start, -rule.id.int


def _by_people(
    sentences: Sequence[_Sentence], corrections: Sequence[Correction]
) -> dict[int, tuple[str, Source]]:
    spoken_of = {
        (each.start, each.end): (str(each.value), Source(correction=each.id))
        for each in corrections
        if each.kind is CorrectionKind.SENTENCE
    }
    labels = (spoken_of.get((each["start"], each["end"])) for each in sentences)
    return {number: label for number, label in enumerate(labels) if label}


def _change_sentences(state: _State, labels: Mapping[int, tuple[str, Source]]) -> None:
    for number, (label, source) in labels.items():
        state.sentences[number] = {**state.sentences[number], "label": label}
        state.changed[number] = source


def _unchange_equal(state: _State, said: Sequence[_Sentence]) -> None:
    for number in list(state.changed):
        if state.sentences[number] == said[number]:
            del state.changed[number]


def _weigh_anew(state: _State, section: Section) -> None:
    """Scores, label and mixed as they follow from the changed sentences."""
    source = state.changed[min(state.changed)]
    before, after = _class_means(section["sentences"]), _class_means(state.sentences)
    state.scores = _shifted(section["scores"], before, after)
    state.label = max(POLARITIES, key=state.scores.__getitem__)
    state.mixed = _mixed(section, state)
    state.sources |= dict.fromkeys(("scores", "label", "mixed"), source)


def _class_means(sentences: Sequence[_Sentence]) -> dict[str, float]:
    """How likely each class is by the sentences alone; what is not their label counts as neutral.

    A sentence weighs as a segment of the model does: its length, by how little neutral it is.
    """
    sums = dict.fromkeys(POLARITIES, 0.0)
    for sentence in sentences:
        label, score = sentence["label"], sentence["score"]
        neutral = score if label == "neutral" else 1 - score
        length = sentence["end"] - sentence["start"]
        weight = length * (_LEAST_WEIGHT - neutral) ** _POLARITY_EXPONENT
        if label == "neutral":
            sums["neutral"] += weight
        else:
            sums[label] += weight * score
            sums["neutral"] += weight * (1 - score)
    total = sum(sums.values())
    return {label: each / total for label, each in sums.items()}


def _shifted(scores: _Scores, before: _Scores, after: _Scores) -> dict[str, float]:
    """The post's probabilities, each changed as the mean of its class was, summing to 1 again."""
    shifted = {
        label: score * after[label] / before[label] if before[label] else score + after[label]
        for label, score in scores.items()
    }
    total = sum(shifted.values())
    if not total:  # all that was likely is gone
        return {label: after[label] for label in scores}
    return {label: score / total for label, score in shifted.items()}


def _mixed(section: Section, state: _State) -> bool:
    """Whether the post is mixed: by its sentences, or within one that was not changed."""
    if _has_both(state.sentences):
        return True
    within_one = section["mixed"] and not _has_both(section["sentences"])
    return within_one and len(state.changed) < len(state.sentences)


def _has_both(sentences: Sequence[_Sentence]) -> bool:
    clear = {each["label"] for each in sentences if each["score"] >= MIN_CLEAR}
    return {"positive", "negative"} <= clear


def _correct_post(state: _State, correction: Correction) -> None:
    source = Source(correction=correction.id)
    if correction.kind is CorrectionKind.MIXED:
        state.mixed = bool(correction.value)
        state.sources["mixed"] = source
    elif correction.kind is CorrectionKind.SENTIMENT:
        # The probability of what was thought likeliest is now that of what a person says.
        label, scores = str(correction.value), dict(state.scores)
        scores[label], scores[state.label] = scores[state.label], scores[label]
        state.label, state.scores = label, scores
        state.sources |= {"label": source, "scores": source}


def _finish(section: Section, state: _State) -> Section:
    fields = {"label": state.label, "mixed": state.mixed, "scores": state.scores}
    entries: list[Entry] = [
        field_entry(state.sources[name], name, section[name], value)
        for name, value in fields.items()
        if value != section[name]
    ]
    entries += [
        element_entry(state.changed[n], "sentences", n, section["sentences"][n], state.sentences[n])
        for n in sorted(state.changed)
    ]
    return with_entries(section, {**fields, "sentences": state.sentences}, entries)
