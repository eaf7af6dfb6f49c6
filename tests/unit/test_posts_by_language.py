"""The posts in other languages that training reads: what a line means, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from training.datasets.posts_by_language import read_file, read_post

POST: dict[str, Any] = {
    "id": "es-900",
    "split": "train",
    "segments": [
        ["[Lucía Bravo|PERSON] se incorpora a [Cafés Orduña|ORG]. ", "neutral", ["neutral"]],
        ["¡Bienvenida! 🎉\n\n", "positive", ["joy", "excitement"]],
        ["#equipo", "neutral", ["neutral"]],
    ],
    "label": "positive",
    "mixed": False,
    "formality": 1,
    "politeness": 3,
    "keyphrases": ["Cafés Orduña", "Lucía Bravo"],
    "kinds": ["hiring", "greeting"],
}


def segments(*texts: str) -> dict[str, Any]:
    return {"segments": [[text, "neutral", ["neutral"]] for text in texts], "keyphrases": []}


def test_a_line_is_a_post_with_names_sentences_and_grades() -> None:
    post = read_post(POST)
    assert post.document.text == (
        "Lucía Bravo se incorpora a Cafés Orduña. ¡Bienvenida! 🎉\n\n#equipo"
    )
    assert [post.document.text[start:end] for start, end, _ in post.names.spans] == [
        "Lucía Bravo",
        "Cafés Orduña",
    ]
    assert [segment.polarity for segment in post.sentences[:2]] == [1, 0]
    assert post.sentences[1].emotions == {"joy", "excitement"}
    assert (post.polarity, post.formality, post.politeness) == (0, 0.25, 0.75)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"label": "good"}, "'label' is 'good'; give one of"),
        ({"split": "test"}, "'split' is 'test'; give one of"),
        ({"formality": 5}, "'formality' is 5; give 0 to 4"),
        ({"politeness": True}, "'politeness' is True; give a int"),
        ({"mixed": 0}, "'mixed' is 0; give a bool"),
        ({"keyphrases": ["Cafes Orduña"]}, "are not in the text"),
        ({"extra": 1}, "give exactly"),
        (segments("[Lucía|PER] llega."), r"no name is a \['PER'\]"),
        (segments("[Lucía|PERSON llega."), "a mark is broken"),
        (segments("[Lucía |PERSON]llega."), "marked with blanks"),
        (segments("Hola, #[Lucía|PERSON]."), "mark none there"),
        (segments("Uno.", "Dos."), "segment 0 is 'Uno.'"),
        (segments("Uno. ", "Dos. "), "segment 1 is 'Dos. '"),
        (segments("Uno.", " Dos."), "segment 0 is 'Uno.'"),
        ({"segments": []}, "give one or more"),
        ({"segments": [["Uno.", "neutral"]]}, "give one or more"),
        ({"segments": [["Uno.", "neutral", "joy"]]}, "give one or more"),
        ({"segments": [["Uno.", "neutral", [1]]]}, "give one or more"),
        ({"keyphrases": [""]}, "give a list of words"),
        ({"keyphrases": "Cafés Orduña"}, "give a list"),
        ({"kinds": [1]}, "give a list of words"),
        ({"segments": [["Uno.", "good", ["joy"]]], "keyphrases": []}, "'sentiment' is 'good'"),
        ({"segments": [["Uno.", "neutral", ["bliss"]]], "keyphrases": []}, "called \\['bliss'\\]"),
        ({"segments": [["Uno.", "neutral", []]], "keyphrases": []}, "give one to three"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_post(POST | changes)


def test_a_wrong_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "es.jsonl"
    file.write_text('{"id": "es-001"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"es\.jsonl, line 1: its fields are \['id'\]"):
        list(read_file(file))


def test_a_line_that_is_not_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "es.jsonl"
    file.write_text(json.dumps(POST) + "\n{\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"es\.jsonl, line 2 is not JSON"):
        list(read_file(file))
