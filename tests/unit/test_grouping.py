"""Mentions of one entity get one number; what the words do not settle stays apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.entities.grouping import group_mentions, normalize_name
from tests.growth import grows_linearly


def numbers(label: str, *surfaces: str) -> list[int]:
    return group_mentions([(surface, label) for surface in surfaces])


@pytest.mark.parametrize(
    "label, surfaces",
    [
        ("ORG", ["Siemens", "Siemens AG", "siemens", "SIEMENS", "Siemens’", "the Siemens"]),
        ("ORG", ["Banco Santander, S.A.", "Banco Santander"]),
        ("ORG", ["Marks & Co.", "Marks"]),
        ("ORG", ["Société Générale", "Societe Generale SA"]),
        ("PERSON", ["Ana Souza", "Ana", "Souza", "Dr. Souza", "Ana's", "Ana Souza"]),
        ("PERSON", ["Ana Maria Souza", "Ana Souza", "Ana Maria"]),
        ("LOC", ["United States", "US", "U.S.", "the US", "the United States"]),
        ("LOC", ["the Netherlands", "Netherlands"]),
        ("ORG", ["International Data Corporation", "IDC", "IDC's"]),
        ("ORG", ["IDC", "International Data Corporation"]),
        ("ORG", ["Department of Energy", "DOE"]),
        ("ORG", ["Bank of America", "BOA"]),
        ("ORG", ["Hewlett-Packard Enterprise", "HPE"]),
        ("EVENT", ["Mobile World Congress", "MWC"]),
        ("MONEY", ["$1.9 billion", "$1.9 Billion"]),
        ("DATE", ["Q3 2025", "q3 2025"]),
    ],
)
def test_one_entity(label: str, surfaces: list[str]) -> None:
    assert numbers(label, *surfaces) == [0] * len(surfaces)


@pytest.mark.parametrize(
    "label, surfaces",
    [
        ("ORG", ["Siemens", "Siemens Energy"]),
        ("ORG", ["International Data Corporation", "ICD"]),
        ("ORG", ["Idc Partners", "IDC"]),
        ("ORG", ["Ana Souza Consulting", "Ana"]),
        ("PERSON", ["Ana Souza", "Anna"]),
        ("PERSON", ["Ana", "Ana Souza"]),
        ("MONEY", ["$5", "€5"]),
        ("PERCENT", ["5%", "5.0%"]),
    ],
)
def test_two_entities(label: str, surfaces: list[str]) -> None:
    assert numbers(label, *surfaces) == [0, 1]


def test_a_first_name_that_two_people_have_stays_alone() -> None:
    assert numbers("PERSON", "Ana Souza", "Ana Lima", "Ana", "Lima") == [0, 1, 2, 1]


def test_a_first_name_stays_with_whom_it_was_before_another_came() -> None:
    assert numbers("PERSON", "Ana Souza", "Ana", "Ana Lima", "Ana") == [0, 0, 1, 0]


def test_labels_of_things_are_one_family_and_people_and_places_their_own() -> None:
    assert group_mentions([("Slack", "ORG"), ("Slack", "PRODUCT"), ("Slack", "WORK")]) == [0, 0, 0]
    assert group_mentions([("Paris", "LOC"), ("Paris", "PERSON"), ("Paris", "ORG")]) == [0, 1, 2]
    assert group_mentions([("May", "DATE"), ("May", "PERSON")]) == [0, 1]


def test_numbers_count_from_zero_in_the_order_of_first_mention() -> None:
    mentions = [("Oslo", "LOC"), ("Ana Souza", "PERSON"), ("Oslo", "LOC"), ("IBM", "ORG"),
                ("Souza", "PERSON"), ("10%", "PERCENT")]  # fmt: skip
    assert group_mentions(mentions) == [0, 1, 0, 2, 1, 3]


def test_normalization() -> None:
    assert normalize_name("The S.E.C.’s") == ("sec",)
    assert normalize_name("Müller's") == normalize_name("muller") == ("muller",)
    assert normalize_name("The") == ("the",)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Ana", "Ana B", "B", "A.B.", "AB", "the", "’s", "", "A AG", "ß", "I"]),
            st.sampled_from(["PERSON", "ORG", "LOC", "DATE"]),
        ),
        max_size=12,
    )
)
def test_any_mentions_are_numbered_without_gaps_and_equal_ones_equally(
    mentions: list[tuple[str, str]],
) -> None:
    found = group_mentions(mentions)
    assert list(dict.fromkeys(found)) == list(range(len(set(found))))
    # What is named later never moves what was named before.
    assert all(group_mentions(mentions[:n]) == found[:n] for n in range(len(mentions)))


@pytest.mark.no_cover
@pytest.mark.parametrize("surface", ["Ana Souza{} Lima", "Souza{}", "Souza{} " * 40])
def test_time_grows_no_faster_than_the_number_of_mentions(surface: str) -> None:
    def group(count: int) -> list[int]:
        different = [(surface.replace("{}", str(n)), "PERSON") for n in range(count)]
        return group_mentions(different + [("Ana Lima", "PERSON")] * count)

    assert grows_linearly(group, 2_000)
