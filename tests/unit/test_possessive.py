"""Whose something is: the name without its possessive."""

import pytest

from deployments.text.document import Document
from deployments.text.possessive import owner, without_possessive


@pytest.mark.parametrize(
    "surface, name",
    [("Nairobi's", "Nairobi"), ("Nairobi’s", "Nairobi"), ("NAIROBI'S", "NAIROBI"),
     ("Philips'", "Philips"), ("Acme Inc.'s", "Acme Inc."), ("Ana Souza's", "Ana Souza")],
)  # fmt: skip
def test_a_possessive_is_no_part_of_a_name(surface: str, name: str) -> None:
    assert without_possessive(surface) == owner(surface) == name


@pytest.mark.parametrize(
    "surface", ["Wendy's", "Papa John’s", "MOODY'S", "St. Andrew's", "O'Neill", "Oslo", "", "'s"]
)
def test_names_that_end_so_themselves_stay(surface: str) -> None:
    assert without_possessive(surface) == owner(surface) == surface


def test_a_name_ends_with_its_possessive_before_a_small_letter() -> None:
    assert owner("Nairobi’s airport") == "Nairobi"
    assert owner("New Year's Eve") == "New Year's Eve"
    assert owner("Wendy's burgers") == "Wendy's burgers"


def test_an_apostrophe_may_have_been_an_entity_of_html() -> None:
    plain = Document.read("Nairobi&rsquo;s").plain
    assert without_possessive(plain) == owner(plain) == "Nairobi"
