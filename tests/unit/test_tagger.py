"""Tags become names: the likeliest sequence that is one."""

import numpy as np

from deployments.entities.bio import TAGS, TaggedWords, decode_names, viterbi
from deployments.entities.tagger import name_features


def scores(*tags: str, strength: float = 5.0) -> np.ndarray:
    logits = np.zeros((len(tags), len(TAGS)), np.float32)
    for row, tag in enumerate(tags):
        logits[row, TAGS.index(tag)] = strength
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def words(text: str, *tags: str) -> TaggedWords:
    starts = np.cumsum([0, *(len(w) + 1 for w in text.split()[:-1])])
    ends = starts + np.array([len(w) for w in text.split()])
    return TaggedWords(starts, ends, scores(*tags))


def test_best_tags_that_fit_are_taken_as_they_are() -> None:
    tags = ("B-PERSON", "I-PERSON", "O", "B-ORG", "B-LOC", "I-LOC")
    assert [TAGS[i] for i in viterbi(scores(*tags))] == list(tags)


def test_inside_never_follows_another_kind() -> None:
    rows = scores("O", "I-ORG", "I-ORG")
    assert [TAGS[i] for i in viterbi(rows)] != ["O", "I-ORG", "I-ORG"]
    rows[0, TAGS.index("B-ORG")] = -0.1
    assert [TAGS[i] for i in viterbi(rows)] == ["B-ORG", "I-ORG", "I-ORG"]


def test_names_end_at_a_line_break() -> None:
    text = "Ana Souza\nBob Lee"
    tagged = words(text, "B-PERSON", "I-PERSON", "I-PERSON", "I-PERSON")
    assert list(decode_names(text, tagged)) == [(0, 1, "PERSON"), (2, 3, "PERSON")]


def test_neighbouring_names_are_told_apart() -> None:
    text = "Ana Bob at SAP"
    spans = list(decode_names(text, words(text, "B-PERSON", "B-PERSON", "O", "B-ORG")))
    assert spans == [(0, 0, "PERSON"), (1, 1, "PERSON"), (3, 3, "ORG")]


def test_a_name_has_the_confidence_of_its_words() -> None:
    strong = name_features(words("Ana Souza", "B-PERSON", "I-PERSON"), 0, 1, "PERSON")
    weak = TaggedWords(np.array([0]), np.array([3]), scores("B-PERSON", strength=1.0))
    assert strong[0] > name_features(weak, 0, 0, "PERSON")[0]
    assert strong[2] == 2
