"""What clients read of answers, also of those that an older version stored."""

import math
from typing import Any

import orjson
import pytest

from deployments.readability.analyzer import ReadabilityAnalyzer, ReadabilityConfig
from deployments.results import Section, Status
from deployments.text.document import Document
from deployments.wire import decode_section, encode


@pytest.fixture
def section() -> Section[Any]:
    analyzer = ReadabilityAnalyzer(ReadabilityConfig())
    [result] = analyzer.analyze([Document.read("We won the prize.")])
    return Section(Status.OK, analyzer.model, 0.1, result)


def test_a_section_is_read_back_as_it_was(section: Section[Any]) -> None:
    assert decode_section("readability", orjson.loads(encode(section).body)) == section


def test_a_section_stored_before_ease_is_read_without_it(section: Section[Any]) -> None:
    stored = orjson.loads(encode(section).body)
    del stored["ease"]
    decoded = decode_section("readability", stored)
    assert math.isnan(decoded.result.ease)
    assert decoded.result.words == section.result.words
