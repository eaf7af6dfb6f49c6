"""Candidates and their diversity, without any model."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.keywords.candidates import MOST_WORDS, Candidate, extract_candidates
from deployments.keywords.diversity import maximal_marginal_relevance
from deployments.keywords.ranking import MOST_ITEMS
from deployments.keywords.stems import near_duplicates
from deployments.keywords.words import is_content_word, normalize_phrase
from deployments.results import Span
from deployments.text.document import Document


def surfaces(text: str) -> list[str]:
    document = Document.read(text)
    return [document.text[p.spans[0].start : p.spans[0].end] for p in extract_candidates(document)]


def candidate(words: str) -> Candidate:
    return Candidate(normalize_phrase(words), (Span(0, len(words)),), 1)


def test_a_run_of_content_words_gives_it_and_its_parts() -> None:
    assert surfaces("We use large language models.") == [
        "large", "large language", "large language models", "language", "language models", "models",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text", ["cloud. Strategy", "cloud, strategy", "cloud\nStrategy", "cloud 🚀 strategy",
             "cloud @anna strategy", "cloud and strategy", "cloud (strategy)"],
)  # fmt: skip
def test_no_candidate_crosses_punctuation_signals_or_stop_words(text: str) -> None:
    assert [s.lower() for s in surfaces(f"Our {text} matter.") if len(s.split()) > 1] in (
        [], ["strategy matter"],
    )  # fmt: skip


def test_occurrences_are_normalized_and_counted() -> None:
    document = Document.read("A budget planner. Budget planners are rare: THE BUDGET-PLANNER.")
    found = {p.key: p for p in extract_candidates(document)}
    planner = found[("budget", "planner")]
    assert len(planner.spans) == 3
    assert document.text[slice(planner.spans[0].start, planner.spans[0].end)] == "budget planner"


def test_a_hashtag_counts_as_its_word_in_a_sentence_and_not_in_a_wall() -> None:
    found = surfaces(
        "How #Kubernetes changed our release process #devops #cloud #agile\n\n#one #two"
    )
    assert {"Kubernetes", "release process"} <= set(found)
    assert not {"devops", "cloud", "agile", "one", "two"} & set(found)
    assert not any("#" in surface for surface in found)


def test_links_and_mentions_give_no_candidates() -> None:
    found = surfaces("Read the annual report at https://example.com/annual/report by @grace_hopper")
    assert not any("example" in s or "grace" in s or "hopper" in s for s in found)


@pytest.mark.parametrize(
    "text", ["", "   ", "🚀🚀", "#a #b", "https://example.com", "!!! ...", "1 2 3"]
)
def test_a_text_without_content_words_gives_none(text: str) -> None:
    assert surfaces(text) == []


def test_styled_letters_are_read_and_given_back_as_written() -> None:
    assert "𝐜𝐥𝐨𝐮𝐝 𝐬𝐭𝐫𝐚𝐭𝐞𝐠𝐲" in surfaces("Our 𝐜𝐥𝐨𝐮𝐝 𝐬𝐭𝐫𝐚𝐭𝐞𝐠𝐲 is here.")


@pytest.mark.parametrize(
    "one, many",
    [("company", "companies"), ("class", "classes"), ("box", "boxes"), ("team", "teams"),
     ("Anna", "Anna’s"), ("e-mail", "E mails"), ("batch", "batches")],
)  # fmt: skip
def test_plurals_normalize_to_their_singular(one: str, many: str) -> None:
    assert normalize_phrase(one) == normalize_phrase(many)


@pytest.mark.parametrize("word", ["business", "analysis", "status", "gas", "bus"])
def test_words_that_only_look_like_plurals_stay(word: str) -> None:
    assert normalize_phrase(word) == (word,)


@pytest.mark.parametrize("word", ["the", "It's", "it’s", "quickly", "42", "x", "DON’T"])
def test_no_content(word: str) -> None:
    assert not is_content_word(word)


@pytest.mark.parametrize(
    "one, other",
    [
        ("language models", "large language model"),
        ("machine learning", "machine learning platform"),
        ("digitise invoices", "invoice digitization"),
        ("hiring", "hired"),
        ("team", "team leads"),
    ],
)
def test_a_phrase_and_its_part_or_inflection_are_near_duplicates(one: str, other: str) -> None:
    assert near_duplicates(normalize_phrase(one), normalize_phrase(other))
    assert near_duplicates(normalize_phrase(other), normalize_phrase(one))


def test_phrases_that_share_a_word_alone_are_none() -> None:
    assert not near_duplicates(normalize_phrase("cloud costs"), normalize_phrase("cloud security"))


@given(st.text(alphabet="aB é9#@.,-'’\n\U0001d41a🚀\u200d", max_size=80))
def test_every_candidate_lies_in_the_text(text: str) -> None:
    document = Document.read(text)
    for phrase in extract_candidates(document):
        assert phrase.whole <= len(phrase.spans)
        assert list(phrase.spans) == sorted(phrase.spans, key=lambda s: s.start)
        for span in phrase.spans:
            surface = document.plain[span.start : span.end]
            assert normalize_phrase(surface, phrase.code) == phrase.key
            assert "\n" not in surface
            assert any(s.start <= span.start and span.end <= s.end for s in document.sentences)


def test_no_candidate_is_too_long() -> None:
    text = "Alpha beta gamma delta epsilon zeta eta theta."
    assert max(len(s.split()) for s in surfaces(text)) == MOST_WORDS


def test_no_candidate_goes_on_behind_a_line_break() -> None:
    text = "we hire in every\nregion office by office\nand each desk\nlamp matters to us"
    assert "region office" in surfaces(text)
    assert not {"every\nregion", "desk\nlamp"} & set(surfaces(text))


@pytest.mark.parametrize(
    "sentence, name",
    [
        ("The Museum of Natural History opens late.", "Museum of Natural History"),
        ("Ministry of Transport plans fewer roads.", "Ministry of Transport"),
        ("She left the Institute for Applied Ethics in May.", "Institute for Applied Ethics"),
        ("We toured Rio de Janeiro with friends.", "Rio de Janeiro"),
        ("Barnes & Noble opens late.", "Barnes & Noble"),
        ("He read Lord of the Flies at school.", "Lord of the Flies"),
        ("A branch of the Bank of New York opens.", "Bank of New York"),
        ("Royal Bank of Canada opens branches.", "Royal Bank of Canada"),
        ("Her desk at Deutsche Bank was small.", "Deutsche Bank"),
        ("University of Otago\nSchool of Design", "University of Otago"),
    ],
)
def test_a_name_of_several_words_is_one_candidate(sentence: str, name: str) -> None:
    found = surfaces(sentence)
    assert name in found
    assert not {part for part in name.split() if part[0].isupper()} & set(found)


@pytest.mark.parametrize(
    "sentence, names",
    [
        ("The CEO of Volvo met us.", {"CEO", "Volvo"}),
        ("Thousands of Danes cycle.", {"Danes"}),
        ("Fans of Lego build on.", {"Lego"}),
        ("Why The Bank of Finland Sells New Data More", {"Bank of Finland"}),
    ],
)
def test_what_only_looks_like_one_name(sentence: str, names: set[str]) -> None:
    assert names <= set(surfaces(sentence))


@pytest.mark.parametrize(
    "sentence, phrase",
    [
        ("Nairobi’s airport is new.", "Nairobi"),
        ("We like Nairobi's.", "Nairobi"),
        ("Wendy's is open.", "Wendy's"),
        ("We met on Valentine's Day.", "Valentine's Day"),
        ("Our customer's budget shrank.", "customer's budget"),
    ],
)
def test_a_phrase_ends_without_a_possessive(sentence: str, phrase: str) -> None:
    assert phrase in surfaces(sentence)
    assert "Nairobi’s airport" not in surfaces(sentence)


@pytest.mark.parametrize(
    "sentence, phrase",
    [
        ("Vodafone warns of outages.", "Vodafone"),
        ("Ikea lost a lawsuit.", "Ikea"),
        ("Our rival Zalando acquired a start-up.", "Zalando"),
        ("Since May Lufthansa trains the crews.", "Lufthansa"),
        ("Bank of Japan raises rates.", "Bank of Japan"),
        ("Our data pipeline pays off.", "data pipeline"),
    ],
)
def test_a_phrase_ends_before_the_verb_of_a_name(sentence: str, phrase: str) -> None:
    found = surfaces(sentence)
    assert phrase in found
    assert not any(verb in surface for surface in found for verb in _VERBS)


_VERBS = ("warns", "lost", "acquired", "trains", "raises", "pays")


def test_participles_and_nouns_behind_a_name_stay_in_its_phrase() -> None:
    assert "Nordic powered cars" in surfaces("We test Nordic powered cars.")
    assert "Zalando orders" in surfaces("We pack Zalando orders by hand.")


def test_markup_is_in_no_key_and_no_word() -> None:
    document = Document.read("<p>Our R&amp;D of <b>cloud</b> tools on #<i>Python</i> code.</p>")
    found = {phrase.key: phrase.spans[0] for phrase in extract_candidates(document)}
    assert {("r&d",), ("cloud", "tool"), ("python", "code")} <= set(found)
    span = found["python", "code"]
    assert document.surface(span.start, span.end) == "Python code"


def best_first(
    candidates: list[Candidate], relevance: np.ndarray, vectors: np.ndarray, diversity: float
) -> list[int]:
    return maximal_marginal_relevance(candidates, relevance, vectors, diversity, MOST_ITEMS)


def test_diversity_takes_the_unlike_before_the_like() -> None:
    candidates = [candidate("red car"), candidate("crimson vehicle"), candidate("tax law")]
    vectors = np.array([[1, 0], [0.99, 0.1], [0, 1]], np.float32)
    relevance = np.array([0.9, 0.85, 0.6], np.float32)
    assert best_first(candidates, relevance, vectors, 0.0) == [0, 1, 2]
    assert best_first(candidates, relevance, vectors, 0.5) == [0, 2, 1]


def test_near_duplicates_are_left_out() -> None:
    candidates = [
        candidate("language models"),
        candidate("large language model"),
        candidate("tax law"),
    ]
    chosen = best_first(
        candidates, np.array([0.9, 0.8, 0.1], np.float32), np.eye(3, dtype=np.float32), 0.0
    )
    assert chosen == [0, 2]


def test_at_most_fifty_are_chosen_and_fewer_are_their_beginning() -> None:
    random = np.random.default_rng(7)
    candidates = [candidate(f"word{i}") for i in range(80)]
    relevance = random.random(80).astype(np.float32)
    vectors = random.normal(size=(80, 8)).astype(np.float32)
    chosen = best_first(candidates, relevance, vectors, 0.3)
    assert len(chosen) == len(set(chosen)) == MOST_ITEMS
    # What is chosen first does not look at what comes later: removing the last changes nothing.
    kept = [i for i in range(80) if i not in chosen[20:]]
    again = best_first([candidates[i] for i in kept], relevance[kept], vectors[kept], 0.3)
    assert [kept[i] for i in again][:20] == chosen[:20]
