"""Training makes encoders and heads that the service reads, from sets that it may see."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from deployments.encoder.heads import Head, softmax
from deployments.entities.mention import NAME_LABELS
from tests.labelled_data import DATA, needs_data
from training.datasets import corpora, entity_sets, label_maps
from training.datasets.entity_sets import EntitySpan, EntityText
from training.datasets.sources import measuring_sets
from training.datasets.written_posts import FIRST, LATER, read_posts
from training.encoder.augmentation import with_exchanged_names
from training.evaluation import metrics
from training.fitting.calibration import rescaled, temperature
from training.fitting.head_file import save_heads

# Nothing but arithmetic, for which counting lines takes longer than computing.
pytestmark = pytest.mark.no_cover


def noisy_head() -> tuple[Head, np.ndarray, np.ndarray]:
    dice = np.random.default_rng(5)
    classes = dice.integers(0, 3, 600)
    vectors = np.eye(3)[classes] * 2 + dice.normal(size=(600, 3))
    head = Head(("a", "b", "c"), ((np.eye(3, dtype=np.float32), np.zeros(3, np.float32)),))
    return head, vectors.astype(np.float32), classes


def test_temperature_repairs_overconfidence() -> None:
    head, vectors, classes = noisy_head()
    bold = head.logits(vectors) * 5
    factor = temperature(bold, classes)
    errors = [
        metrics.calibration_error(softmax(each).max(1), each.argmax(1) == classes)
        for each in (bold, bold * factor)
    ]
    assert factor < 1
    assert errors[1] < errors[0]


def test_rescaling_scales_and_shifts_the_logits() -> None:
    head, vectors, _ = noisy_head()
    slopes, shifts = np.array([1.0, 2.0, 0.5]), np.array([0.0, 1.0, -1.0])
    expected = head.logits(vectors) * slopes + shifts
    np.testing.assert_allclose(rescaled(head, slopes, shifts).logits(vectors), expected, atol=1e-3)


def test_equal_heads_are_equal_bytes(tmp_path: Path) -> None:
    head, _, _ = noisy_head()
    paths = [save_heads(tmp_path / str(n), {"kind": head}, "0") for n in range(8)]
    assert len({path.read_bytes() for path in paths}) == 1


def test_exchanged_names_stay_where_they_are_said_to_be() -> None:
    text = EntityText(
        "Ana joins SAP",
        (EntitySpan(0, 3, "PERSON"), EntitySpan(10, 13, "ORG")),
        frozenset(NAME_LABELS),
    )
    surfaces = {"PERSON": ["Wei Zhang"], "ORG": ["Northwind"]}
    dice = random.Random(3)
    seen = {with_exchanged_names(text, surfaces, dice) for _ in range(50)}
    assert len(seen) > 1
    for varied in seen:
        person, org = (varied.text[name.start : name.end] for name in varied.spans)
        assert person in ("Ana", "Wei Zhang")
        assert org in ("SAP", "Northwind")


def test_own_texts_are_marked_without_a_flaw() -> None:
    own = entity_sets.read(DATA, entity_sets.CARRIED_TEXTS, "train")
    assert len(own) > 1_500
    assert not any("|" in text.text for text in own if "[" in text.text)
    labels = {name.label for text in own for name in text.spans}
    assert labels == set(NAME_LABELS)


def test_whole_posts_have_a_polarity_for_each_sentence() -> None:
    for post in (*read_posts(FIRST), *read_posts(LATER)):
        assert len(post.polarities) == len(post.document.sentences)
        assert {post.polarity, *post.polarities} <= {0, 1, 2}


def test_placeholders_of_the_sets_are_read_as_the_service_would() -> None:
    assert corpora.clean("@user look: http #GreatNews [NAME]") == "look:    GreatNews Sam"


def test_a_set_for_measuring_is_never_trained_on() -> None:
    for corpus in measuring_sets():
        with pytest.raises(PermissionError, match="only be measured on"):
            corpora.read(DATA, corpus, "train")


def test_texts_of_the_held_out_split_leave_the_training_split() -> None:
    rows = [corpora.LabelledText("Good news!", {}), corpora.LabelledText("Bad news.", {})]
    assert corpora.without(rows, [corpora.LabelledText("good  NEWS", {})]) == rows[1:]


def test_about_a_fifth_is_held_out_by_the_text_single_span() -> None:
    texts = [f"text {n}" for n in range(4_000)]
    assert np.mean([corpora.is_held_out(text) for text in texts]) == pytest.approx(3 / 16, abs=0.02)
    assert corpora.is_held_out("text 4") == corpora.is_held_out("text 4")


def test_all_splits_of_a_set_are_read_only_where_none_is_trained_on(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match="may be trained on"):
        corpora.read_for_measuring(tmp_path, "sst5", "train")
    (tmp_path / "clear_corpus").mkdir()
    line = json.dumps({"text": "Once upon a time.", "score": 0.5})
    (tmp_path / "clear_corpus" / "train.jsonl").write_text(line)
    [row] = corpora.read_for_measuring(tmp_path, "clear_corpus", "train")
    assert row.fields["score"] == 0.5


def test_business_sentences_are_unique_and_labelled() -> None:
    rows = corpora.read(DATA, corpora.BUSINESS, "train")
    assert len({row.text for row in rows}) == len(rows) > 3_000
    assert {row.fields["label"] for row in rows} == set(label_maps.POLARITY)


@needs_data
def test_every_trainable_set_has_targets_on_our_scales() -> None:
    for corpus in ("tweeteval_sentiment", "sst5"):
        assert {label_maps.polarity(row) for row in corpora.read(DATA, corpus, "train")} == {
            0,
            1,
            2,
        }
    for corpus, scale in label_maps.FORMALITY.items():
        values = [scale(row) for row in corpora.read(DATA, corpus, "train")]
        assert 0 <= min(values) < 0.4 < 0.6 < max(values) <= 1
    politeness = [
        label_maps.politeness(r) for r in corpora.read(DATA, "stanford_politeness", "train")
    ]
    assert 0 < min(politeness) < 0.2 < 0.8 < max(politeness) < 1


@needs_data
def test_business_sentences_are_not_taken_from_the_set_they_are_measured_with() -> None:
    path = DATA / "financial_phrasebank" / "validation.jsonl"
    seen = [
        corpora.LabelledText(json.loads(line)["text"], {}) for line in path.read_text().splitlines()
    ]
    rows = corpora.read(DATA, corpora.BUSINESS, "train")
    assert corpora.without(rows, seen) == rows


def test_measures_on_cases_counted_by_hand() -> None:
    truth, found = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    assert metrics.macro_recall(found, truth) == pytest.approx((2 / 3 + 1) / 2)
    assert metrics.accuracy(found, truth) == 0.75
    assert metrics.pearson(np.array([1.0, 2, 3]), np.array([5.0, 4, 3])) == pytest.approx(-1)
    assert metrics.spearman(np.array([1.0, 2, 3]), np.array([10.0, 30, 20])) == pytest.approx(0.5)
    # Two answers at 0.9 of which one is right: 0.9 claimed, 0.5 held.
    error = metrics.calibration_error(np.array([0.9, 0.9]), np.array([1, 0]))
    assert error == pytest.approx(0.4)
