"""Entities with the real pipeline."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.analyzer import Analyzer
from deployments.entities.analyzer import LABELS
from deployments.errors import ModelMismatch, ModelMissing
from deployments.results import Entities, Signal, Span
from deployments.text.document import Document
from deployments.weights.released import SPACY_ENGLISH, locate
from tests.growth import grows_linearly
from tests.services.loaded_analyzers import analyzer_with, loaded_analyzer

POST = """Thrilled to share that Maria Lopez joins Microsoft in Berlin on 3 March 2025! 🎉

• Revenue grew 26.4% to $1.9 billion
• Next stop: New York, Q3 2025

#Google #Amazon @tim_cook https://www.ibm.com"""


@pytest.fixture(scope="module")
def analyzer() -> Analyzer[Entities]:
    return loaded_analyzer("entities")


def named(analyzer: Analyzer[Entities], text: str) -> list[tuple[str, str]]:
    return [(i.text, i.label) for i in analyzer.analyze([Document.read(text)])[0].items]


def test_a_post_gives_who_where_when_and_how_much(analyzer: Analyzer[Entities]) -> None:
    found = named(analyzer, POST)
    assert {
        ("Maria Lopez", "PERSON"), ("Microsoft", "ORG"), ("Berlin", "LOC"), ("New York", "LOC"),
        ("3 March 2025", "DATE"), ("26.4%", "PERCENT"), ("$1.9 billion", "MONEY"),
        ("Q3 2025", "DATE"),
    } <= set(found)  # fmt: skip


def test_signals_are_no_entities(analyzer: Analyzer[Entities]) -> None:
    texts = " ".join(text for text, _ in named(analyzer, POST))
    assert not any(sign in texts for sign in ("Google", "Amazon", "tim_cook", "ibm", "#", "🎉"))


def test_a_hash_sign_inside_a_word_ends_up_in_no_entity(analyzer: Analyzer[Entities]) -> None:
    assert not any("#" in text for text, _ in named(analyzer, "May 3Microsoft#Google"))


def test_mentions_of_one_entity_share_a_group(analyzer: Analyzer[Entities]) -> None:
    text = "Maria Lopez joins Microsoft in Berlin.\nMicrosoft is glad, and Berlin is, too."
    items = analyzer.analyze([Document.read(text)])[0].items
    groups: dict[int, list[str]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(item.text)
    assert list(groups) == list(range(len(groups)))
    assert ["Microsoft", "Microsoft"] in groups.values()
    assert ["Berlin", "Berlin"] in groups.values()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "Siemens",
            "Siemens builds tools. We work at Siemens. I love Siemens's docs. Siemens hired Ann.",
        ),
        pytest.param(
            "Notion",
            "Notion is a tool. We hired at Notion. I love Notion's docs. Notion raised money.",
            marks=pytest.mark.xfail(strict=True, reason="the tagger finds one of the four"),
        ),
    ],
)
def test_a_name_has_one_label_in_a_post(analyzer: Analyzer[Entities], name: str, text: str) -> None:
    names = [each for each in named(analyzer, text) if each[0] == name]
    assert len(names) == 4
    assert len(set(names)) == 1


def check(text: str, result: Entities) -> None:
    """What holds for every answer."""
    assert result.covered == Span(0, len(text))
    end = 0
    for item in result.items:
        assert item.start >= end
        end = item.end
        assert text[item.start : item.end] == item.text == item.text.strip()
        assert item.label in LABELS
        assert 0 < item.score <= 1
        assert not set(item.text) & set("\r\n#＃")
        assert all(item.end <= s.start or s.end <= item.start for s in signals(text)), item
    numbers = [item.group for item in result.items]
    assert list(dict.fromkeys(numbers)) == list(range(len(set(numbers))))


def signals(text: str) -> list[Signal]:
    found = Document.read(text).signals
    return [*found.hashtags, *found.mentions, *found.links, *found.emoji]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["Maria Lopez", "Microsoft", "in", "Berlin", "\n", "\r\n", " ", " ", "🎉", "#Google",
             "$5", "10%", "𝐏𝐚𝐫𝐢𝐬", "(IBM)", "“Dune”", "👩‍💻", "-", "May 3", "'s", "\u2028",
             "@tim_cook", "5🎉%", "@", "＃Acme"]
        ),
        max_size=14,
    )
)  # fmt: skip
def test_offsets_order_and_edges_hold_for_any_text(parts: list[str]) -> None:
    text = "".join(parts)
    check(text, loaded_analyzer("entities").analyze([Document.read(text)])[0])


def test_styled_letters_are_read(analyzer: Analyzer[Entities]) -> None:
    assert ("𝐁𝐞𝐫𝐥𝐢𝐧", "LOC") in named(analyzer, "We open our new office in 𝐁𝐞𝐫𝐥𝐢𝐧 next week.")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("It cost €2.5M.", ("€2.5M", "MONEY")),
        ("Up 12 percent since then.", ("12 percent", "PERCENT")),
        ("Between 20-30% of buyers", ("20-30%", "PERCENT")),
        ("They paid 40 million dollars for it.", ("40 million dollars", "MONEY")),
        ("Join us Oct 7-10, 2025 there.", ("Oct 7-10, 2025", "DATE")),
        ("Due 2025-03-31 at noon", ("2025-03-31", "DATE")),
        ("The 4th of July, 2024 was hot", ("4th of July, 2024", "DATE")),
    ],
)
def test_fixed_forms_are_found(
    analyzer: Analyzer[Entities], text: str, expected: tuple[str, str]
) -> None:
    assert expected in named(analyzer, text)


@pytest.mark.parametrize("text", ["We are #1 in the world.", "AI is here. CEO news.", "AI + ML"])
def test_what_only_looks_like_a_name_is_none(analyzer: Analyzer[Entities], text: str) -> None:
    found = {surface for surface, _ in named(analyzer, text)}
    assert not found & {"1", "#1", "AI", "CEO", "ML"}


def test_a_long_text_is_read_to_its_end(analyzer: Analyzer[Entities]) -> None:
    text = "The weather was mild and the meeting was short. " * 410 + "Maria Lopez moved to Berlin."
    assert len(text) > 19_000
    found = named(analyzer, text)
    assert {("Maria Lopez", "PERSON"), ("Berlin", "LOC")} <= set(found)


@pytest.mark.no_cover
@pytest.mark.parametrize("wall", ["(", "“", "$", "-", "a(", "Ab ", "#", "1,"])
def test_time_grows_no_faster_than_a_wall_of_signs(analyzer: Analyzer[Entities], wall: str) -> None:
    documents = {n: Document.read((wall * n)[:n]) for n in (1_000, 4_000)}
    assert grows_linearly(lambda length: analyzer.analyze([documents[length]]), 4_000)


def test_the_steps_name_what_spacy_itself_names(analyzer: Analyzer[Entities]) -> None:
    import spacy

    from deployments.entities.spacy_backend import ONTONOTES, SpacyRecognizer

    folder = locate(SPACY_ENGLISH)
    lines = [line for line in POST.splitlines() if line] + ["Anna met Bob of Acme Corp. in Oslo."]
    stock = [
        [(e.start_char, e.end_char, ONTONOTES[e.label_]) for e in doc.ents if e.label_ in ONTONOTES]
        for doc in spacy.load(folder).pipe(lines)
    ]
    ours = SpacyRecognizer(folder).recognize(lines, batch_lines=3)
    assert [[(m.start, m.end, m.label) for m in mentions] for mentions in ours] == stock
    assert all(0 < m.confidence <= 1 for mentions in ours for m in mentions)


def test_a_higher_threshold_names_less(analyzer: Analyzer[Entities]) -> None:
    strict = analyzer_with("entities", min_score=0.9)
    assert set(named(strict, POST)) < set(named(analyzer, POST))


def test_spacy_finds_names_too() -> None:
    spacy = loaded_analyzer("entities", "spacy")
    assert ("Microsoft", "ORG") in named(spacy, POST)
    assert spacy.model.name.startswith("spacy:")


def test_names_below_each_other_are_names_of_their_own(analyzer: Analyzer[Entities]) -> None:
    found = named(analyzer, "Our speakers:\nMaria Lopez\nJohn Smith\nPriya Sharma")
    assert found == [
        ("Maria Lopez", "PERSON"),
        ("John Smith", "PERSON"),
        ("Priya Sharma", "PERSON"),
    ]


def test_headlines_and_shouting_are_no_names(analyzer: Analyzer[Entities]) -> None:
    text = "5 Ways To Grow Your Business\nJOIN US NOW FOR FREE\n✅ Smart Budget Planning"
    assert named(analyzer, text) == []


def test_a_wrong_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        analyzer_with("entities", backend="spacy", pipeline=str(tmp_path))
    with pytest.raises(ModelMismatch):
        analyzer_with("entities", backend="spacy", pipeline_sha256="0" * 64)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\x85", "\u2028", "\u2029"])
def test_a_name_ends_with_its_line(analyzer: Analyzer[Entities], line_break: str) -> None:
    assert named(analyzer, f"Maria Lopez{line_break}“Dune”")[0] == ("Maria Lopez", "PERSON")
    joined = named(analyzer, f"Thanks to Maria Lopez{line_break}Berlin, here we come!")
    assert ("Maria Lopez", "PERSON") in joined
