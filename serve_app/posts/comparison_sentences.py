"""What changed, in plain sentences for people.

Knows the numbers that were compared, not where they come from.
"""

from collections.abc import Sequence

from deployments.results import Status
from serve_app.posts.comparison_schemas import (
    CountPair,
    EmotionPair,
    FlagPair,
    NumberPair,
    WordPair,
)

_MOST_NAMES = 3
_MOST_CHARACTERS = 40
#: A difference that two digits do not show.
_NOTHING = 0.005

#: How a section ended that cannot be compared.
_REASONS = {
    "not_analysed": "is not analysed",
    Status.TIMEOUT: "was not read in time",
    Status.FAILED: "could not be read",
    Status.SHED: "was not read while there was too much to do",
    Status.UNSUPPORTED_LANGUAGE: "is in a language that it does not know",
}


def not_compared(section: str, status: WordPair) -> str:
    """Why a section cannot be compared."""
    reasons = [
        f"the {which} text {_REASONS.get(word or '', 'has no result')}"
        for which, word in (("first", status.old), ("second", status.new))
        if word != Status.OK
    ]
    return f"{section.capitalize()} cannot be compared: {', and '.join(reasons)}."


def in_doubt(sentence: str) -> str:
    """A sentence on a difference that may be due to another version of the model."""
    return f"{sentence} The model has changed too, so some of it may be due to that."


def of_texts(*, changed: bool, removed: int, added: int) -> str:
    """What words were removed and added."""
    if not changed:
        return "The texts are the same."
    if not removed and not added:
        return "Only spaces, punctuation or signs differ."
    if not removed:
        return f"{_count(added, 'word')} added."
    return f"{_count(removed, 'word')} removed" + (f", {added:,} added." if added else ".")


def of_languages(code: WordPair) -> str:
    """What became of the language."""
    return _change("The language", code) + "."


def of_sentiments(label: WordPair, mixed: FlagPair, score: NumberPair) -> str:
    """What became of label and score."""
    difference = f" ({score.difference:+.2f})" if is_visible(score) else ""
    sentence = f"{_change('Sentiment', label)}{difference}."
    if mixed.old == mixed.new:
        return sentence
    return f"{sentence} It is {'now' if mixed.new else 'no longer'} mixed."


def of_tones(dominant: WordPair, emotions: Sequence[EmotionPair]) -> str:
    """What became of the dominant tone and the strongest emotions."""
    changes = [
        f"{pair.emotion} {pair.difference:+.2f}" for pair in emotions if pair.emotion != "neutral"
    ]
    details = f"; {_list(changes)}" if changes else ""
    return f"{_change('The tone', dominant)}{details}."


def of_keywords(gained: Sequence[str], lost: Sequence[str], kept: int) -> str:
    """Which key phrases came and went."""
    if not gained and not lost:
        return "The key phrases stayed the same."
    return f"{_came_and_went(gained, lost)}; {kept or 'none'} stayed."


def of_names(gained: Sequence[str], lost: Sequence[str], *, kind: str) -> str:
    """Which names came and went; ``kind`` is what they are, in the plural."""
    if not gained and not lost:
        return f"{kind} stayed the same."
    return f"{_came_and_went(gained, lost)}."


def of_readability(
    ease: NumberPair | None, words: CountPair, sentences: CountPair, *, changed: bool
) -> str:
    """How much easier and longer it became."""
    if not changed:
        return "Readability stayed the same."
    parts = [_more(words, "word"), _more(sentences, "sentence")]
    if ease:
        parts.insert(0, f"reading ease {ease.old:.1f} to {ease.new:.1f} ({ease.difference:+.1f})")
    sentence = ", ".join(filter(None, parts)) or "reading time alone differs"
    return f"{sentence[0].upper()}{sentence[1:]}."


def is_visible(pair: NumberPair) -> bool:
    """Whether two digits show the difference."""
    return abs(pair.difference) >= _NOTHING


def _change(subject: str, words: WordPair) -> str:
    if words.old == words.new:
        return f"{subject} stayed {words.new}"
    return f"{subject} went from {words.old} to {words.new}"


def _more(pair: CountPair, noun: str) -> str:
    if not pair.difference:
        return ""
    return f"{_count(abs(pair.difference), noun)} {'more' if pair.difference > 0 else 'fewer'}"


def _came_and_went(gained: Sequence[str], lost: Sequence[str]) -> str:
    parts = [
        f"{word} {_list(names)}" for word, names in (("gained", gained), ("lost", lost)) if names
    ]
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}"


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(map(_short, names[:_MOST_NAMES]))
    more = len(names) - _MOST_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= _MOST_CHARACTERS else f"{name[:_MOST_CHARACTERS]}…"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
