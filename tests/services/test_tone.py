"""The tone of real sentences."""

import pytest

from deployments.analyzer import Analyzer
from deployments.results import EMOTIONS, Span, Tone
from deployments.text.document import Document
from tests.services.loaded_analyzers import loaded_analyzer

THANKS = "Thank you so much to everyone who helped us get here. I am deeply grateful."
FORMAL = "Pursuant to the agreement, the committee hereby approves the statutory accounts."
CASUAL = "lol yeah gonna grab pizza w the guys, u in?"
KIND = "Could you please have a look when you find the time? Thank you very much for your help!"
RUDE = "Why did you do this? Stop wasting my time and read the manual."
OPINION = "a dull , lifeless film whose jokes are embarrassing and whose ending is a fraud ."
FACT = "two brothers inherit a farm in montana and discover a letter from their father ."


@pytest.fixture(scope="module")
def analyzer() -> Analyzer[Tone]:
    return loaded_analyzer("tone")


def read(analyzer: Analyzer[Tone], *texts: str) -> list[Tone]:
    return analyzer.analyze([Document.read(text) for text in texts])


def test_every_number_is_there_and_in_range(analyzer: Analyzer[Tone]) -> None:
    for text in (THANKS, CASUAL, "", "🎉", "#hiring", FORMAL * 60):
        (tone,) = read(analyzer, text)
        assert tuple(tone.emotions) == EMOTIONS
        numbers = [*tone.emotions.values(), tone.formality, tone.politeness, tone.subjectivity]
        assert all(0 <= number <= 1 for number in numbers)
        assert tone.covered == Span(0, len(text))


@pytest.mark.parametrize(
    "text, emotion, word",
    [
        (THANKS, "gratitude", "grateful"),
        ("I am so sorry, we broke your exports and I apologize.", "remorse", "apologetic"),
        ("So excited for tomorrow, I can't wait!!", "excitement", "enthusiastic"),
        ("haha that is hilarious, I laughed so hard", "amusement", "humorous"),
        ("I hate this awful company, they are disgusting.", "anger", "critical"),
    ],
)
def test_plain_emotions_and_their_words(
    analyzer: Analyzer[Tone], text: str, emotion: str, word: str
) -> None:
    (tone,) = read(analyzer, text)
    strongest = sorted(tone.emotions, key=tone.emotions.__getitem__)[-3:]
    assert emotion in strongest
    assert tone.dominant == word


def test_scores_order_plain_opposites(analyzer: Analyzer[Tone]) -> None:
    formal, casual, kind, rude, opinion, fact = read(
        analyzer, FORMAL, CASUAL, KIND, RUDE, OPINION, FACT
    )
    assert formal.formality > casual.formality + 0.3
    assert kind.politeness > rude.politeness + 0.3
    assert opinion.subjectivity > 0.5 > fact.subjectivity


def test_thanks_show_among_lines_of_fact(analyzer: Analyzer[Tone]) -> None:
    facts = [f"Part {n} of the agenda is on page {n}." for n in range(6)]
    (tone,) = read(analyzer, "\n".join([*facts, THANKS]))
    assert tone.dominant == "grateful"


def test_evidence_is_the_sentence_that_carries_the_word(analyzer: Analyzer[Tone]) -> None:
    text = f"The agenda is on page two. {RUDE}\nThank you so much for your help. 🎉"
    (tone,) = read(analyzer, text)
    assert tone.dominant == "grateful"
    best, *others = tone.evidence
    assert text[best.start : best.end] == "Thank you so much for your help. 🎉"
    assert all(best.score >= other.score for other in others)
    assert tone.evidence[0].score > 0.5


@pytest.mark.parametrize("text", [THANKS, FORMAL * 9, CASUAL, OPINION, FACT, f"{KIND} {RUDE}"])
def test_evidence_is_up_to_three_sentences_strongest_first(
    analyzer: Analyzer[Tone], text: str
) -> None:
    (tone,) = read(analyzer, text)
    sentences = Document.read(text).sentences
    assert 1 <= len(tone.evidence) <= 3
    assert {Span(e.start, e.end) for e in tone.evidence} <= set(sentences)
    scores = [e.score for e in tone.evidence]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@pytest.mark.parametrize("text", ["", "🎉", "#hiring"])
def test_a_text_without_sentences_has_no_evidence(analyzer: Analyzer[Tone], text: str) -> None:
    assert read(analyzer, text)[0].evidence == ()


def test_an_advertisement_is_promotional_and_shows_where(analyzer: Analyzer[Tone]) -> None:
    text = "The workshop is on Tuesday at ten.\nRegister now, places are limited: https://a.example"
    (tone,) = read(analyzer, text)
    assert tone.dominant == "promotional"
    assert text[tone.evidence[0].start :].startswith("Register")
    assert len(tone.evidence) == 1


def test_a_link_below_a_report_does_not_make_it_promotional(analyzer: Analyzer[Tone]) -> None:
    report = "Output fell by two percent in May. The committee revised its figures in June. " * 4
    (tone,) = read(analyzer, f"{report}\nRead more: https://a.example")
    assert tone.dominant in ("analytical", "informative")
