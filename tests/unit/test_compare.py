"""What changed between two analysed texts, section by section."""

import copy
from typing import Any

import pytest

from deployments.results import EMOTIONS
from serve_app.posts.compare import AnalysedText, compare
from serve_app.posts.comparison_schemas import ComparisonBody

_MODEL = {"name": "plain", "digest": "0" * 64}

Analysis = dict[str, Any]


def _items(*texts: str) -> list[dict[str, Any]]:
    return [{"text": text, "start": 0, "end": len(text)} for text in texts]


@pytest.fixture
def analysis() -> Analysis:
    """An answer of /v1/analyze; what is compared of it."""
    section = {"status": "ok", "model": _MODEL, "took_ms": 1.0, "languages": []}
    return {
        "digest": "0" * 64,
        "language": {"code": "en", "confidence": 0.9},
        "signals": {
            "hashtags": _items("#hiring", "#Hiring"),
            "mentions": _items("@anna"),
            "links": _items("https://a.example/A"),
            "emoji": [],
        },
        "sentiment": {
            **section,
            "label": "neutral",
            "mixed": False,
            "scores": {"positive": 0.3, "neutral": 0.6, "negative": 0.1},
        },
        "tone": {
            **section,
            "dominant": "informative",
            "emotions": dict.fromkeys(EMOTIONS, 0.01),
            "formality": 0.5,
            "politeness": 0.5,
            "subjectivity": 0.5,
        },
        "keywords": {
            **section,
            "items": [{"text": "Net Zero", "score": 0.9}, {"text": "office", "score": 0.5}],
        },
        "entities": {
            **section,
            "items": [
                {"text": "Shell", "label": "ORG"},
                {"text": "Berlin", "label": "LOC"},
                {"text": "shell", "label": "ORG"},
            ],
        },
        "readability": {
            **section,
            "ease": 60.0,
            "grade": 8.0,
            "words": 100,
            "sentences": 5,
            "reading_time_s": 25.0,
        },
    }


def _compared(old: Analysis | None, new: Analysis | None) -> ComparisonBody:
    return compare(AnalysedText("One text.", old), AnalysedText("Another text.", new))


def _json(comparison: ComparisonBody) -> dict[str, Any]:
    return comparison.model_dump(mode="json")


def test_equal_analyses_are_not_changed(analysis: Analysis) -> None:
    compared = _json(_compared(analysis, copy.deepcopy(analysis)))
    sections = {name: part for name, part in compared.items() if name not in ("from", "to", "text")}
    assert {name: part["changed"] for name, part in sections.items()} == dict.fromkeys(
        sections, False
    )
    assert all(part.get("models_differ", False) is False for part in sections.values())
    assert {part["summary"] for part in sections.values()} == {
        "The language stayed en.",
        "Sentiment stayed neutral.",
        "The tone stayed informative.",
        "The key phrases stayed the same.",
        "Names stayed the same.",
        "Readability stayed the same.",
        "Hashtags, mentions and links stayed the same.",
    }


def test_the_words_of_both_texts_are_counted(analysis: Analysis) -> None:
    text = _compared(analysis, analysis).text
    assert (text.words_removed, text.words_added, text.changed) == (1, 1, True)
    assert text.summary == "1 word removed, 1 added."


@pytest.mark.parametrize(
    ("old", "new", "summary"),
    [
        ("Same.", "Same.", "The texts are the same."),
        ("Same", "Same!", "Only spaces, punctuation or signs differ."),
        ("Same", "Same old song", "2 words added."),
        ("Same old", "Same", "1 word removed."),
    ],
)
def test_texts_are_told_apart_in_a_sentence(old: str, new: str, summary: str) -> None:
    compared = compare(AnalysedText(old, None), AnalysedText(new, None))
    assert compared.text.summary == summary


def test_sentiment(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["sentiment"] |= {
        "label": "positive",
        "mixed": True,
        "scores": {"positive": 0.75, "neutral": 0.12, "negative": 0.13},
    }
    sentiment = _json(_compared(analysis, other))["sentiment"]
    assert sentiment["summary"] == (
        "Sentiment went from neutral to positive (+0.42). It is now mixed."
    )
    assert sentiment["label"] == {"from": "neutral", "to": "positive"}
    assert sentiment["mixed"] == {"from": False, "to": True}
    assert sentiment["score"] == {"from": 0.2, "to": 0.62, "difference": 0.42}
    assert sentiment["scores"]["negative"] == {"from": 0.1, "to": 0.13, "difference": 0.03}
    back = _compared(other, analysis).sentiment
    assert back.summary == (
        "Sentiment went from positive to neutral (-0.42). It is no longer mixed."
    )


def test_emotions_that_changed_enough_are_told_most_first(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["tone"]["dominant"] = "grateful"
    other["tone"]["emotions"] |= {"joy": 0.06, "fear": 0.0599, "gratitude": 0.5, "neutral": 0.3}
    other["tone"]["formality"] = 0.4
    tone = _json(_compared(analysis, other))["tone"]
    assert [(e["emotion"], e["difference"]) for e in tone["emotions"]] == [
        ("gratitude", 0.49), ("neutral", 0.29), ("joy", 0.05),
    ]  # fmt: skip
    assert tone["formality"] == {"from": 0.5, "to": 0.4, "difference": -0.1}
    assert tone["summary"] == (
        "The tone went from informative to grateful; gratitude +0.49, joy +0.05."
    )


def test_keywords_are_compared_without_case_and_spaces(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["keywords"]["items"] = [
        {"text": "team", "score": 0.8},
        {"text": "net  zero", "score": 0.7},
    ]
    keywords = _json(_compared(analysis, other))["keywords"]
    assert keywords["gained"] == [{"text": "team", "score": 0.8}]
    assert keywords["lost"] == [{"text": "office", "score": 0.5}]
    assert keywords["kept"] == [{"text": "net  zero", "from": 0.9, "to": 0.7, "difference": -0.2}]
    assert keywords["summary"] == "Gained team; lost office; 1 stayed."


def test_entities_are_compared_with_their_labels(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["entities"]["items"] = [
        {"text": "SHELL", "label": "ORG"},
        {"text": "Berlin", "label": "PERSON"},
        {"text": "berlin", "label": "PERSON"},
    ]
    entities = _json(_compared(analysis, other))["entities"]
    assert entities["gained"] == [{"text": "Berlin", "label": "PERSON", "mentions": 2}]
    assert entities["lost"] == [{"text": "Berlin", "label": "LOC", "mentions": 1}]
    assert entities["summary"] == "Gained Berlin (PERSON); lost Berlin (LOC)."


def test_readability_and_numbers_that_a_language_lacks(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["readability"] |= {"ease": 63.25, "words": 112, "sentences": 4, "reading_time_s": 28.0}
    del other["readability"]["grade"]
    readability = _json(_compared(analysis, other))["readability"]
    assert readability["ease"] == {"from": 60.0, "to": 63.25, "difference": 3.25}
    assert readability["words"] == {"from": 100, "to": 112, "difference": 12}
    assert readability["sentences"] == {"from": 5, "to": 4, "difference": -1}
    assert readability["reading_time_s"]["difference"] == 3.0
    assert readability["grade"] is None
    assert readability["summary"] == (
        "Reading ease 60.0 to 63.2 (+3.2), 12 words more, 1 sentence fewer."
    )
    del other["readability"]["ease"]
    assert _compared(analysis, other).readability.summary == "12 words more, 1 sentence fewer."


def test_signals(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["signals"] |= {
        "hashtags": _items("＃HIRING"),
        "mentions": _items("@ben", "@Ben"),
        "links": _items("https://a.example/a"),
    }
    signals = _json(_compared(analysis, other))["signals"]
    assert signals["hashtags"] == {"gained": [], "lost": []}
    assert signals["mentions"] == {"gained": ["@ben"], "lost": ["@anna"]}
    assert signals["links"] == {"gained": ["https://a.example/a"], "lost": ["https://a.example/A"]}


def test_language(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["language"] = {"code": "de", "confidence": 0.8}
    language = _compared(analysis, other).language
    assert (language.changed, language.summary) == (True, "The language went from en to de.")


def test_what_another_version_of_the_model_said_is_in_doubt(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    for name in ("sentiment", "tone"):
        other[name]["model"] = {"name": "plain", "digest": "1" * 64}
    other["sentiment"]["label"] = "negative"
    compared = _compared(analysis, other)
    assert compared.sentiment.models_differ
    assert "the model has changed" in compared.sentiment.summary.lower()
    assert compared.tone.models_differ
    assert compared.tone.summary == "The tone stayed informative."
    assert not compared.keywords.models_differ


def test_sections_without_a_result_say_so(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    other["sentiment"] = {"status": "timeout", "model": None, "took_ms": 1.0, "detail": "Late."}
    other["tone"] = {"status": "unsupported_language", "model": _MODEL, "took_ms": 1.0}
    del other["keywords"]
    compared = _json(_compared(analysis, other))
    assert compared["sentiment"]["status"] == {"from": "ok", "to": "timeout"}
    assert compared["sentiment"]["summary"] == (
        "Sentiment cannot be compared: the second text was not read in time."
    )
    assert compared["tone"]["status"]["to"] == "unsupported_language"
    assert compared["keywords"]["status"]["to"] == "missing"
    for name in ("sentiment", "tone", "keywords"):
        told = {key for key, value in compared[name].items() if value is not None}
        assert told == {"summary", "status", "models_differ"}
    assert compared["entities"]["changed"] is False


def test_texts_that_are_not_analysed_are_compared_by_their_words(analysis: Analysis) -> None:
    compared = _json(_compared(None, None))
    assert compared["text"]["changed"] is True
    for name in ("language", "sentiment", "readability", "signals"):
        assert compared[name]["status"] == {"from": "not_analysed", "to": "not_analysed"}
        assert "first text is not analysed, and the second" in compared[name]["summary"]


def test_long_names_and_many_are_cut_in_a_sentence(analysis: Analysis) -> None:
    other = copy.deepcopy(analysis)
    names = ["word\n" + "x" * 100, "b", "c", "d", "e"]
    other["keywords"]["items"] = [{"text": text, "score": 0.5} for text in names]
    summary = _compared(analysis, other).keywords.summary
    assert (
        summary == f"Gained word {'x' * 35}…, b, c and 2 more; lost Net Zero, office; none stayed."
    )


def test_the_example_of_the_documentation_is_one() -> None:
    [example] = ComparisonBody.model_json_schema()["examples"]
    compared = ComparisonBody.model_validate(example)
    assert _json(compared) == example
    [old, new] = (AnalysedText(example[side]["text"], None) for side in ("from", "to"))
    assert _json(compare(old, new))["text"] == example["text"]
