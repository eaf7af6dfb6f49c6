"""A web address names a company where somebody works there."""

import pytest

from deployments.entities.addresses import address_names
from deployments.text.document import Document


def named(text: str) -> list[str]:
    return [text[mention.start : mention.end] for mention in address_names(Document.read(text))]


@pytest.mark.parametrize(
    "text, names",
    [
        ("Last year I joined Hotels.com as a designer.", ["Hotels.com"]),
        ("She left for Character.ai after six years at Ancestry.com.",
         ["Character.ai", "Ancestry.com"]),
        ("An engineer at Cars.com told me.", ["Cars.com"]),
        ("The start-up was acquired by Realtor.com.", ["Realtor.com"]),
    ],
)  # fmt: skip
def test_an_employer_is_named(text: str, names: list[str]) -> None:
    assert named(text) == names


@pytest.mark.parametrize(
    "text",
    ["Sign up at Hotels.com today.", "Read more: Ancestry.com", "joined hotels.com",
     "I joined Hotels.com/careers", "I joined www.hotels.com", "Working from a.Com", ""],
)  # fmt: skip
def test_other_links_stay_links(text: str) -> None:
    assert named(text) == []
