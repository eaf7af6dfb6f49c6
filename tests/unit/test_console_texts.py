"""The page says the same in each of its languages, and knows every word that an answer may have."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

import pytest

from deployments.entities.analyzer import LABELS
from deployments.languages.loading import LANGUAGES
from deployments.results import EMOTIONS, PolarityScores, Signals
from deployments.tone.dominant import TONE_WORDS
from serve_app.alerts.measures import MEASURES as WATCHED
from serve_app.alerts.schemas import AlertBody, EventBody
from serve_app.trends.buckets import BUCKETS
from serve_app.trends.measures import MEASURES
from tests.project.pages import ROOT

CONSOLE = ROOT / "serve_app" / "console"
PAGES = [page.read_text("utf-8") for page in sorted(CONSOLE.glob("*.html"))]
CODES = sorted(file.stem for file in (CONSOLE / "texts").glob("*.json"))


def texts(code: str) -> dict[str, str]:
    """Each text of a language by its path."""
    return dict(_leaves(json.loads((CONSOLE / "texts" / f"{code}.json").read_text("utf-8"))))


def _leaves(node: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in node.items():
        if isinstance(value, str):
            yield path + name, value
        else:
            yield from _leaves(value, f"{path}{name}.")


def test_every_language_of_the_analyses_has_its_texts_and_is_offered() -> None:
    assert set(CODES) == LANGUAGES
    frame = (CONSOLE / "frame.html").read_text("utf-8")
    assert sorted(re.findall(r'<option value="(\w+)" lang="\1">', frame)) == CODES


@pytest.mark.parametrize("code", CODES)
def test_each_has_the_same_texts_with_the_same_values_in_them(code: str) -> None:
    english, others = texts("en"), texts(code)
    assert others.keys() == english.keys()
    for path, text in others.items():
        assert text == text.strip() != "", path
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", english[path])), path


def test_every_word_that_an_answer_may_have_has_a_text() -> None:
    needed = {
        *(f"emotions.{name}" for name in EMOTIONS),
        *(f"tones.{name}" for name in TONE_WORDS),
        *(f"labels.{name}" for name in LABELS),
        *(f"sentiment.{field.name}" for field in fields(PolarityScores)),
        *(f"signals.{field.name}" for field in fields(Signals)),
        *(f"measures.{measure}" for measure in MEASURES),
        *(f"buckets.{bucket}" for bucket in BUCKETS),
        *(f"state.{cache}" for cache in ("hit", "partial", "miss")),
    }
    assert needed <= texts("en").keys()


def test_every_word_of_an_alert_has_a_text() -> None:
    named = {"state": "states", "direction": "directions", "sensitivity": "sensitivities"}
    needed = {
        f"{path}.{value}"
        for field, path in named.items()
        for value in get_args(AlertBody.model_fields[field].annotation)
    }
    [endings, _] = get_args(EventBody.model_fields["ending"].annotation)
    assert needed | {f"endings.{ending}" for ending in get_args(endings)} <= texts("en").keys()
    script = (CONSOLE / "watched.js").read_text("utf-8")
    plain = {measure for measure in WATCHED if ":" not in measure}
    assert plain <= set(re.findall(r'(\w+): "(?:plots|watched)\.', script))


def test_what_the_pages_ask_for_is_there() -> None:
    asked = set(re.findall(r'data-(?:text|label)="([^"]+)"', "".join(PAGES)))
    for script in CONSOLE.glob("*.js"):
        asked |= set(re.findall(r'words\("([\w.]+)"', script.read_text("utf-8")))
    assert len(asked) > 25
    assert asked <= texts("en").keys()
