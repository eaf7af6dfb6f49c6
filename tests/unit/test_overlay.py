"""Rules and corrections laid over answers: exactly what they say, and exactly undone."""

import itertools
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.results import Sentiment
from deployments.wire import decode_section
from serve_app.corrections.overlay import overlay, restore
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Correction, CorrectionKind, Rule, RuleKind
from tests.unit.analysed_texts import LABELS, PHRASES, POLARITIES, Text, analysed_texts

_ids = itertools.count(1)
POST_ID = UUID(int=7)


def rule(kind: str, phrases: str | tuple[str, ...], value: Any, **scope: Any) -> Rule:
    phrases = (phrases,) if isinstance(phrases, str) else phrases
    return Rule(UUID(int=next(_ids)), RuleKind(kind), phrases, value, **scope)


def correction(kind: str, value: Any, **place: Any) -> Correction:
    return Correction(UUID(int=next(_ids)), POST_ID, 1, CorrectionKind(kind), value, **place)


def corrected(text: str, answer: dict[str, Any], *rules: Rule, **of_post: Any) -> dict[str, Any]:
    corrections = of_post.pop("corrections", ())
    return dict(overlay(RuleSet(rules), corrections, Text(text, **of_post), answer))


def answer_of(text: str, **sections: Any) -> dict[str, Any]:
    parts = {name: {"status": "ok", **section} for name, section in sections.items()}
    return {"language": {"code": "en", "confidence": 1.0}, "signals": {}, **parts}


def sentiment_of(text: str, *labels: str, score: float = 0.9, mixed: bool = False) -> Any:
    """An answer of which each sentence, up to its full stop, has one of the labels."""
    ends = [number + 1 for number, sign in enumerate(text) if sign == "."]
    starts = [0, *(end + 1 for end in ends[:-1])]
    sentences = [
        {"start": start, "end": end, "label": label, "score": score}
        for start, end, label in zip(starts, ends, labels, strict=True)
    ]
    counts = {name: (labels.count(name) + 0.1) / (len(labels) + 0.3) for name in POLARITIES}
    label = max(counts, key=lambda name: counts[name])
    return answer_of(
        text, sentiment={"label": label, "mixed": mixed, "scores": counts, "sentences": sentences}
    )


def entity(text: str, name: str, label: str = "LOC", group: int = 0) -> dict[str, Any]:
    start = text.index(name)
    return {
        "text": name, "label": label, "start": start, "end": start + len(name), "score": 0.8,
        "group": group,
    }  # fmt: skip


def keyword(text: str, phrase: str, score: float = 0.5) -> dict[str, Any]:
    start = text.index(phrase)
    span = {"start": start, "end": start + len(phrase)}
    return {"text": phrase, "score": score, **span, "occurrences": [span]}


_scopes = st.fixed_dictionaries(
    {
        "language": st.sampled_from((None, "en", "de")),
        "author": st.sampled_from((None, "anna")),
        "tag": st.sampled_from((None, "launch")),
        "match_case": st.booleans(),
    }
)
_rules = st.lists(
    st.builds(
        lambda kind_and_value, phrases, scope: rule(*_spread(kind_and_value, phrases), **scope),
        st.one_of(
            st.tuples(st.just("sentiment"), st.sampled_from(POLARITIES)),
            st.tuples(st.just("entity"), st.sampled_from((None, *LABELS))),
            st.tuples(st.just("keyword"), st.booleans()),
        ),
        st.lists(st.sampled_from(PHRASES), min_size=1, max_size=3),
        _scopes,
    ),
    max_size=6,
)


def _spread(kind_and_value: tuple[str, Any], phrases: list[str]) -> tuple[str, Any, Any]:
    kind, value = kind_and_value
    return kind, tuple(phrases), value


@st.composite
def _corrections(draw: st.DrawFn, post: Text, answer: dict[str, Any]) -> list[Correction]:
    made = []
    if draw(st.booleans()):
        made.append(correction("sentiment", draw(st.sampled_from(POLARITIES))))
    if draw(st.booleans()):
        made.append(correction("mixed", draw(st.booleans())))
    if draw(st.booleans()):
        made.append(correction("tone", draw(st.sampled_from(("grateful", "humorous")))))
    for sentence in answer["sentiment"]["sentences"][: draw(st.integers(0, 2))]:
        place = {"start": sentence["start"], "end": sentence["end"]}
        made.append(correction("sentence", draw(st.sampled_from(POLARITIES)), **place))
    for phrase in draw(st.lists(st.sampled_from(PHRASES), max_size=2, unique=True)):
        made.append(correction("keyword", draw(st.booleans()), phrase=phrase))
    for item in answer["entities"]["items"][: draw(st.integers(0, 2))]:
        place = {"start": item["start"], "end": item["end"]}
        made.append(correction("entity", draw(st.sampled_from((None, *LABELS))), **place))
    if draw(st.booleans()):
        start = draw(st.integers(0, len(post.text) - 1))
        end = draw(st.integers(start + 1, len(post.text)))
        made.append(correction("entity", "ORG", start=start, end=end))
    return made


@given(st.data())
def test_what_the_models_said_is_had_back_exactly(data: st.DataObject) -> None:
    post, answer = data.draw(analysed_texts())
    rules = RuleSet(data.draw(_rules))
    corrections = data.draw(_corrections(post, answer))
    before = orjson.dumps(answer)
    changed = overlay(rules, corrections, post, answer)
    assert orjson.dumps(answer) == before  # the argument stays as it is
    assert orjson.dumps(restore(changed)) == before
    again = overlay(RuleSet(rules.rules), corrections, post, answer)
    assert orjson.dumps(changed) == orjson.dumps(again)


@given(analysed_texts())
def test_without_rules_and_corrections_an_answer_is_itself(drawn: Any) -> None:
    post, answer = drawn
    assert overlay(RuleSet(), (), post, answer) is answer
    other = RuleSet([rule("sentiment", "elsewhere", "neutral"), rule("keyword", "never", False)])
    assert overlay(other, (), post, answer) is answer


@given(st.data())
def test_every_difference_is_told(data: st.DataObject) -> None:
    post, answer = data.draw(analysed_texts())
    corrections = data.draw(_corrections(post, answer))
    changed = overlay(RuleSet(data.draw(_rules)), corrections, post, answer)
    for name, section in changed.items():
        if section is not answer[name]:
            told = {entry["field"] for entry in section["corrected"]}
            differing = {key for key in answer[name] if section[key] != answer[name][key]}
            assert told == differing or told == differing | {"items"}  # an item may only move
            assert all(bool(e["rule"]) != bool(e["correction"]) for e in section["corrected"])


@given(st.data())
def test_a_neutral_phrase_does_not_make_a_post_negative(data: st.DataObject) -> None:
    post, answer = data.draw(analysed_texts())
    neutral = rule("sentiment", data.draw(st.sampled_from(PHRASES)), "neutral")
    before = answer["sentiment"]
    after = overlay(RuleSet([neutral]), (), post, answer)["sentiment"]
    labels = [sentence["label"] for sentence in after["sentences"]]
    if after is not before:
        assert sum(after["scores"].values()) == pytest.approx(1)
        assert all(0 <= score <= 1 for score in after["scores"].values())
        assert after["scores"][after["label"]] == max(after["scores"].values())
        said = [sentence["label"] for sentence in before["sentences"]]
        if "negative" in said and "negative" not in labels:
            assert after["scores"]["negative"] == 0


def test_a_sentence_with_the_phrase_is_neutral_and_the_post_is_weighed_anew() -> None:
    text = "War Zone opens in Berlin. We love it."
    answer = sentiment_of(text, "negative", "positive", mixed=True)
    section = corrected(text, answer, rule("sentiment", "war zone", "neutral"))["sentiment"]
    assert [each["label"] for each in section["sentences"]] == ["neutral", "positive"]
    assert [each["score"] for each in section["sentences"]] == [0.9, 0.9]
    assert section["label"] == "positive"
    assert section["scores"]["negative"] == 0
    assert section["mixed"] is False
    told = {entry["field"]: entry["model_said"] for entry in section["corrected"]}
    assert told["mixed"] is True
    assert told["sentences"]["label"] == "negative"


def test_only_sentences_of_the_label_that_is_meant_are_changed() -> None:
    text = "War Zone opens. We love War Zone."
    answer = sentiment_of(text, "negative", "positive")
    meant = rule("sentiment", "War Zone", "neutral", instead_of="negative")
    section = corrected(text, answer, meant)["sentiment"]
    assert [each["label"] for each in section["sentences"]] == ["neutral", "positive"]
    not_meant = rule("sentiment", "opens", "positive", instead_of="positive")
    assert corrected(text, answer, meant, not_meant)["sentiment"] == section


def test_of_two_phrases_in_a_sentence_the_one_that_is_not_neutral_counts() -> None:
    text = "War Zone is a nightmare."
    answer = sentiment_of(text, "negative")
    rules = rule("sentiment", "War Zone", "neutral"), rule("sentiment", "nightmare", "negative")
    assert corrected(text, answer, *rules)["sentiment"] is answer["sentiment"]
    assert corrected(text, answer, rules[0])["sentiment"]["label"] == "neutral"


def test_a_phrase_can_make_a_post_positive() -> None:
    text = "That launch is sick. It is on Monday."
    answer = sentiment_of(text, "negative", "neutral")
    section = corrected(text, answer, rule("sentiment", "sick", "positive"))["sentiment"]
    assert section["label"] == "positive"
    assert section["scores"]["negative"] == 0


def test_a_phrase_within_a_hashtag_says_nothing() -> None:
    text = "See #zone."
    answer = sentiment_of(text, "negative")
    start = text.index("#zone")
    answer["signals"] = {"hashtags": [{"text": "#zone", "start": start, "end": start + 5}]}
    assert corrected(text, answer, rule("sentiment", "zone", "neutral")) == answer
    assert corrected(text, answer, rule("sentiment", "#zone", "neutral")) != answer


def test_a_person_says_how_a_post_feels() -> None:
    text = "War Zone opens. Fine."
    answer = sentiment_of(text, "neutral", "positive")
    scores = answer["sentiment"]["scores"]
    said = correction("sentiment", "negative")
    section = corrected(text, answer, corrections=[said])["sentiment"]
    assert section["label"] == "negative"
    assert section["scores"]["negative"] == max(scores.values())
    assert sorted(section["scores"].values()) == sorted(scores.values())
    assert section["sentences"] == answer["sentiment"]["sentences"]
    [label, _] = section["corrected"]
    assert label == {
        "rule": None, "correction": str(said.id), "field": "label",
        "model_said": answer["sentiment"]["label"], "now": "negative",
    }  # fmt: skip


def test_a_person_is_right_against_a_rule() -> None:
    text = "War Zone opens."
    answer = sentiment_of(text, "negative")
    neutral = rule("sentiment", "War Zone", "neutral")
    said = correction("sentence", "negative", start=0, end=len(text))
    assert corrected(text, answer, neutral, corrections=[said]) == answer


def test_a_word_that_a_person_gives_has_no_evidence() -> None:
    tone = {"dominant": "critical", "evidence": [{"start": 0, "end": 2, "score": 0.5}]}
    section = corrected(
        "Oh.", answer_of("Oh.", tone=tone), corrections=[correction("tone", "humorous")]
    )["tone"]
    assert section["dominant"] == "humorous"
    assert section["evidence"] == []


def test_a_name_is_relabelled_added_or_dropped() -> None:
    text = "Target and Shell met Will in Paris."
    items = [
        entity(text, "Shell"),
        entity(text, "Will", "PERSON", 1),
        entity(text, "Paris", "LOC", 2),
    ]
    answer = answer_of(text, entities={"items": items})
    rules = (
        rule("entity", ("Target", "Shell"), "ORG", match_case=True),
        rule("entity", "will", None),
        rule("entity", "Paris", "LOC"),
    )
    section = corrected(text, answer, *rules)["entities"]
    assert [(each["text"], each["label"], each["group"]) for each in section["items"]] == [
        ("Target", "ORG", 3), ("Shell", "ORG", 0), ("Paris", "LOC", 2),
    ]  # fmt: skip
    assert len(section["corrected"]) == 3
    assert section["items"][2] is items[2]


def test_a_part_of_a_longer_name_is_left_and_parts_are_joined() -> None:
    text = "New Balance, Target Corporation"
    items = [
        entity(text, "New"),
        entity(text, "Balance"),
        entity(text, "Target Corporation", "ORG"),
    ]
    answer = answer_of(text, entities={"items": items})
    rules = rule("entity", "New Balance", "ORG"), rule("entity", "Target", "PRODUCT")
    section = corrected(text, answer, *rules)["entities"]
    names = [(each["text"], each["label"]) for each in section["items"]]
    assert names == [("New Balance", "ORG"), ("Target Corporation", "ORG")]


def test_own_labels_and_names_that_markup_parts() -> None:
    text = "<b>R</b> and <i>Blue</i>Star"
    answer = answer_of(text, entities={"items": []})
    section = corrected(text, answer, rule("entity", "BlueStar", "COMPETITOR"))["entities"]
    assert section == answer["entities"]  # markup within a phrase: it is not found as written
    section = corrected("Blue Star", answer, rule("entity", "Blue Star", "COMPETITOR"))["entities"]
    assert section["items"][0]["label"] == "COMPETITOR"


def test_what_is_a_keyword_comes_first_and_what_is_none_goes() -> None:
    text = "We are hiring for net zero in Berlin. Net Zero!"
    items = [keyword(text, "hiring"), keyword(text, "Berlin"), keyword(text, "net zero", 0.2)]
    answer = answer_of(text, keywords={"items": items})
    rules = rule("keyword", "Hiring", False), rule("keyword", "Net Zero", True)
    section = corrected(text, answer, *rules)["keywords"]
    assert [each["text"] for each in section["items"]] == ["net zero", "Berlin"]
    assert section["items"][0]["score"] == 1
    assert restore({"keywords": section}) == {"keywords": answer["keywords"]}


def test_a_keyword_that_the_model_lacks_has_all_its_places() -> None:
    text = "Net zero. And net zero again."
    answer = answer_of(text, keywords={"items": []})
    section = corrected(text, answer, corrections=[correction("keyword", True, phrase="net zero")])
    [item] = section["keywords"]["items"]
    assert item["text"] == "Net zero"
    assert [place["start"] for place in item["occurrences"]] == [0, 14]


@pytest.mark.parametrize(
    ("scope", "post", "is_for"),
    [
        ({"language": "en"}, {}, True),
        ({"language": "de"}, {}, False),
        ({"language": "de"}, {"language": "de"}, True),
        ({"author": "anna"}, {"author": "anna"}, True),
        ({"author": "anna"}, {}, False),
        ({"tag": "launch"}, {"tags": ("x", "launch")}, True),
        ({"tag": "launch"}, {"tags": ("x",)}, False),
    ],
)
def test_a_rule_is_for_the_posts_of_its_scope(
    scope: dict[str, Any], post: dict[str, Any], is_for: bool
) -> None:
    text = "War Zone opens."
    answer = sentiment_of(text, "negative")
    for made in (
        rule("sentiment", "War Zone", "neutral", **scope),
        rule("keyword", "zone", False, **scope),
    ):
        answer["keywords"] = {"status": "ok", "items": [keyword(text, "Zone")]}
        assert (corrected(text, answer, made, **post) != answer) is is_for


def test_a_section_without_a_result_is_left_alone() -> None:
    text = "War Zone opens."
    answer = sentiment_of(text, "negative")
    answer["sentiment"] = {"status": "timeout", "detail": "It came late."}
    said = [correction("sentiment", "positive")]
    made = rule("sentiment", "War Zone", "neutral")
    assert corrected(text, answer, made, corrections=said) == answer


def test_clients_read_corrected_sections() -> None:
    text = "War Zone opens."
    answer = sentiment_of(text, "negative")["sentiment"] | {
        "model": None, "took_ms": 1.0, "languages": [], "covered": {"start": 0, "end": len(text)},
    }  # fmt: skip
    made = rule("sentiment", "War Zone", "neutral")
    section = corrected(text, {**answer_of(text), "sentiment": answer}, made)["sentiment"]
    result = decode_section("sentiment", section).result
    assert isinstance(result, Sentiment)
    assert result.label == "neutral"


def test_a_rule_of_a_workspace_is_one_of_equal_ones() -> None:
    """Of several rules that say the same, the oldest is named."""
    text = "War Zone opens."
    answer = sentiment_of(text, "negative")
    old = rule("sentiment", "War Zone", "neutral")
    new = replace(old, id=UUID(int=next(_ids)))
    section = corrected(text, answer, new, old)["sentiment"]
    assert {entry["rule"] for entry in section["corrected"]} == {str(old.id)}
