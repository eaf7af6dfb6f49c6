"""Keywords with the real encoder and the released head."""

from itertools import combinations

import pytest

from deployments.analyzer import Analyzer
from deployments.keywords.analyzer import without_overlaps
from deployments.keywords.candidates import extract_candidates
from deployments.keywords.ranking import MOST_ITEMS
from deployments.keywords.stems import near_duplicates
from deployments.keywords.words import normalize_phrase
from deployments.results import Keywords, Span
from deployments.text.document import Document
from tests.services.loaded_analyzers import loaded_analyzer

POST = """We moved our payment platform to Kubernetes this spring, and the payment platform has \
never been calmer. 🚀

Three lessons from the migration:
• Start with stateless services
• Measure cold-start latency before and after
• Give platform engineers time to write runbooks

Read the whole story at https://example.com/migration – thanks @grace for the numbers!

#kubernetes #platformengineering #devops #sre"""


@pytest.fixture(scope="module")
def analyzer() -> Analyzer[Keywords]:
    return loaded_analyzer("keywords")


def one(analyzer: Analyzer[Keywords], text: str) -> Keywords:
    return analyzer.analyze([Document.read(text)])[0]


def test_a_post_gives_what_it_is_about(analyzer: Analyzer[Keywords]) -> None:
    result = one(analyzer, POST)
    first = [normalize_phrase(item.text) for item in result.items[:8]]
    assert ("payment", "platform") in first
    assert result.covered == Span(0, len(POST))


def test_items_are_spans_of_the_text_and_scores_are_shares(analyzer: Analyzer[Keywords]) -> None:
    items = one(analyzer, POST).items
    assert 0 < len(items) <= MOST_ITEMS
    for item in items:
        assert POST[item.start : item.end] == item.text
        assert POST.lower().find(item.text.lower()) == item.start
        assert 0 <= item.score <= 1
        assert not set(item.text) & set("#@🚀\n")


def test_all_occurrences_are_told_in_order_and_as_written(analyzer: Analyzer[Keywords]) -> None:
    text = "Open banking is here. We like open banking, and OPEN-BANKING is a part of our plan."
    (item,) = (
        i for i in one(analyzer, text).items if normalize_phrase(i.text) == ("open", "banking")
    )
    places = [text[o.start : o.end] for o in item.occurrences]
    assert places == ["Open banking", "open banking", "OPEN-BANKING"]
    assert item.text == "Open banking"


def test_occurrences_hold_for_every_item(analyzer: Analyzer[Keywords]) -> None:
    for item in one(analyzer, f"{POST} Data data data! The migration. Migrations...").items:
        assert item.occurrences[0] == Span(item.start, item.end)
        ends = [0, *(o.end for o in item.occurrences)]
        assert all(o.start >= end for o, end in zip(item.occurrences, ends, strict=False))


def test_occurrences_that_overlap_are_one() -> None:
    assert list(without_overlaps([Span(0, 9), Span(5, 14), Span(10, 19)])) == [
        Span(0, 9),
        Span(10, 19),
    ]


def test_a_wall_of_hashtags_gives_no_keywords(analyzer: Analyzer[Keywords]) -> None:
    found = {item.text.lower() for item in one(analyzer, POST).items}
    assert not found & {"platformengineering", "devops", "sre"}
    kubernetes = next(i for i in one(analyzer, POST).items if i.text == "Kubernetes")
    assert [POST[o.start - 1] for o in kubernetes.occurrences] == [" "]


def test_no_two_items_are_near_duplicates(analyzer: Analyzer[Keywords]) -> None:
    keys = [normalize_phrase(item.text) for item in one(analyzer, POST).items]
    assert not [pair for pair in combinations(keys, 2) if near_duplicates(*pair)]


def test_no_phrase_is_a_part_of_another_or_the_same_in_other_forms(
    analyzer: Analyzer[Keywords],
) -> None:
    text = "Digitise your invoices. Digitizing invoices is hard. Invoice digitisation saves time."
    keys = [normalize_phrase(item.text) for item in one(analyzer, text).items]
    assert not [pair for pair in combinations(keys, 2) if near_duplicates(*pair)]
    assert sum("invoice" in key for key in keys) == 1


def test_styled_letters_are_given_back_as_written(analyzer: Analyzer[Keywords]) -> None:
    text = "Our 𝐜𝐥𝐨𝐮𝐝 𝐬𝐭𝐫𝐚𝐭𝐞𝐠𝐲 has changed."
    assert "𝐜𝐥𝐨𝐮𝐝 𝐬𝐭𝐫𝐚𝐭𝐞𝐠𝐲" in [item.text for item in one(analyzer, text).items]


def test_a_long_text_is_read_to_its_end(analyzer: Analyzer[Keywords]) -> None:
    filler = "The weather was mild and the meeting was short. " * 410
    text = f"{filler}Quantum error correction needs superconducting qubits."
    assert len(text) > 19_000
    texts = [item.text for item in one(analyzer, text).items]
    assert any("error correction" in t for t in texts)


def test_the_keybert_backend_ranks_the_same_candidates_by_cosine() -> None:
    keybert = loaded_analyzer("keywords", "keybert")
    items = one(keybert, POST).items
    surfaces = {normalize_phrase(item.text) for item in items}
    assert ("payment", "platform") in surfaces
    assert surfaces <= {candidate.key for candidate in extract_candidates(Document.read(POST))}
    assert [i.score for i in items] == sorted((i.score for i in items), reverse=True)
