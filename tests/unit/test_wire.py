"""Sections as JSON: read back as they were written, cut without being parsed."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.results import Keyword, Keywords, Model, Section, Span, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, decode_section, encode, first_keywords, is_valid


@pytest.fixture(scope="module")
def section() -> Section[Any]:
    analyzer = ReadabilityAnalyzer(ReadabilityConfig())
    [result] = analyzer.analyze([Document.read("We won the prize.")])
    return Section(Status.OK, analyzer.model, 0.1, result)


def test_a_section_is_read_back_as_it_was(section: Section[Any]) -> None:
    encoded = encode(section)
    assert decode_section("readability", orjson.loads(encoded.body)) == section
    assert is_valid("readability", encoded)


def test_the_vector_of_a_section_is_beside_its_json_and_not_in_it(section: Section[Any]) -> None:
    encoded = encode(replace(section, vector=b"\x00vector\xff"))
    assert encoded.vector == b"\x00vector\xff"
    assert encoded.body == encode(section).body
    assert decode_section("readability", orjson.loads(encoded.body)) == section


def test_a_section_of_another_language_is_read_back_without_the_fields_it_lacks() -> None:
    analyzer = ReadabilityAnalyzer(ReadabilityConfig())
    document = Document.read("Siamo felici di aprire un nuovo ufficio nel centro di Torino.")
    [result] = analyzer.analyze([document])
    section = Section(Status.OK, analyzer.model, 0.1, result)
    body = orjson.loads(encode(section).body)
    assert decode_section("readability", body) == section
    assert "gulpease" in body
    assert not {"grade", "lix", "smog"} & body.keys()


@pytest.mark.parametrize("field", ["words", "covered", "status", "hardest_sentences"])
def test_a_section_that_lacks_a_field_is_not_valid(section: Section[Any], field: str) -> None:
    body = orjson.loads(encode(section).body)
    del body[field]
    assert not is_valid("readability", EncodedSection("ok", "v1", orjson.dumps(body)))


spans = st.lists(st.builds(Span, st.integers(0, 99), st.integers(0, 99)), max_size=3)
texts = st.text(max_size=8) | st.sampled_from(['"occurrences":[', "]}", '\\"occurrences":[{}]}'])
keywords = st.lists(
    st.builds(Keyword, texts, st.just(0.5), st.just(0), st.just(1), spans.map(tuple)), max_size=6
)


@given(keywords, st.integers(1, 7), st.booleans())
def test_the_first_keywords_are_those_of_the_parsed_section(
    items: list[Keyword], count: int, as_postgres_has_it: bool
) -> None:
    result = Keywords(tuple(items), Span(0, 1))
    body = encode(Section(Status.OK, Model("m", "v1"), 1.0, result)).body
    if as_postgres_has_it:
        body = orjson.dumps(_jsonb(orjson.loads(body)))
    expected = orjson.loads(body)
    expected["items"] = expected["items"][:count]
    assert orjson.loads(first_keywords(body, count)) == expected


def test_a_keywords_section_without_a_result_stays_as_it_is() -> None:
    body = encode(Section(Status.FAILED, None, 0.0, detail="Why.")).body
    assert first_keywords(body, 1) == body


def _jsonb(value: Any) -> Any:
    """Keys in the order of jsonb: by length, then by bytes (PostgreSQL documentation, 8.14)."""
    if isinstance(value, list):
        return [_jsonb(item) for item in value]
    if isinstance(value, dict):
        return {key: _jsonb(value[key]) for key in sorted(value, key=lambda k: (len(k), k))}
    return value
