"""Training makes heads that the service reads, from sets that it may be trained on."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from deployments.encoder import Encoder, EncoderConfig
from deployments.heads import Heads, softmax
from training import corpora, measures, targets
from training.heads import Recipe, fit, rescaled, save, temperature

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the training data is not beside the project"
)


def clusters(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Three overlapping clouds of points in 20 dimensions."""
    dice = np.random.default_rng(seed)
    classes = dice.integers(0, 3, 600)
    centres = np.random.default_rng(0).normal(size=(3, 20))
    return centres[classes] + dice.normal(size=(600, 20)), classes


def fitted(seed: int = 7):
    vectors, classes = clusters()
    loss = torch.nn.CrossEntropyLoss(reduction="none")
    recipe = Recipe(hidden=8, dropout=0.1, batch=32, epochs=15, seed=seed)
    return fit(vectors, classes, ("a", "b", "c"), loss, recipe)


def test_a_head_learns_what_can_be_learnt() -> None:
    vectors, classes = clusters(seed=4)
    found = fitted().logits(vectors.astype(np.float32)).argmax(1)
    assert measures.macro_recall(found, classes) > 0.9


def test_the_same_seed_gives_the_same_head() -> None:
    first, second, other = fitted(), fitted(), fitted(seed=8)
    assert np.array_equal(first.layers[0][0], second.layers[0][0])
    assert not np.array_equal(first.layers[0][0], other.layers[0][0])


def test_temperature_repairs_overconfidence() -> None:
    vectors, classes = clusters(seed=5)
    logits = fitted().logits(vectors.astype(np.float32))
    classes[::4] = (classes[::4] + 1) % 3  # a quarter cannot be known, so certainty is wrong
    bold = logits * 5
    factor = temperature(bold, classes)
    errors = [
        measures.calibration_error(softmax(each).max(1), each.argmax(1) == classes)
        for each in (bold, bold * factor)
    ]
    assert factor < 1
    assert errors[1] < errors[0]
    assert np.array_equal(bold.argmax(1), (bold * factor).argmax(1))


def test_rescaling_scales_and_shifts_the_logits() -> None:
    vectors, _ = clusters()
    vectors = vectors.astype(np.float32)
    head, slopes, shifts = fitted(), np.array([1.0, 2.0, 0.5]), np.array([0.0, 1.0, -1.0])
    expected = head.logits(vectors) * slopes + shifts
    np.testing.assert_allclose(rescaled(head, slopes, shifts).logits(vectors), expected, atol=1e-3)


def test_saved_heads_are_read_back_the_same(tmp_path: Path) -> None:
    encoder = Encoder(EncoderConfig(threads=1))
    head = fitted()
    save(tmp_path, {"kind": head}, encoder, (2, 6))
    heads = Heads.load(str(tmp_path), encoder)
    vectors = clusters()[0].astype(np.float32)
    assert heads.hidden_states == (2, 6)
    assert heads.by_name["kind"].outputs == ("a", "b", "c")
    np.testing.assert_allclose(
        heads.by_name["kind"].logits(vectors), head.logits(vectors), atol=0.02
    )


def test_placeholders_of_the_sets_are_read_as_the_service_would() -> None:
    assert corpora.clean("@user look: http #GreatNews [NAME]") == "look:    GreatNews Sam"


def test_a_set_for_measuring_is_never_trained_on() -> None:
    for corpus in corpora.MEASURE_ONLY:
        with pytest.raises(PermissionError, match="only be measured on"):
            corpora.read(DATA, corpus, "train")


def test_texts_of_the_held_out_split_leave_the_training_split() -> None:
    rows = [corpora.Row("Good news!", {}), corpora.Row("Bad news.", {})]
    assert corpora.without(rows, [corpora.Row("good  NEWS", {})]) == rows[1:]


def test_about_a_fifth_is_held_out_by_the_text_alone() -> None:
    texts = [f"text {n}" for n in range(4_000)]
    assert np.mean([corpora.held_out(text) for text in texts]) == pytest.approx(3 / 16, abs=0.02)
    assert corpora.held_out("text 4") == corpora.held_out("text 4")


def test_all_splits_of_a_set_are_read_only_where_none_is_trained_on(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match="may be trained on"):
        corpora.measured(tmp_path, "sst5", "train")
    (tmp_path / "clear_corpus").mkdir()
    line = json.dumps({"text": "Once upon a time.", "score": 0.5})
    (tmp_path / "clear_corpus" / "train.jsonl").write_text(line)
    [row] = corpora.measured(tmp_path, "clear_corpus", "train")
    assert row.fields["score"] == 0.5


def test_business_sentences_are_unique_and_labelled() -> None:
    rows = corpora.read(DATA, corpora.BUSINESS, "train")
    assert len({row.text for row in rows}) == len(rows) > 200
    assert {row.fields["label"] for row in rows} == set(targets.POLARITY)


@needs_data
def test_every_trainable_set_has_targets_on_our_scales() -> None:
    for corpus in ("tweeteval_sentiment", "sst5"):
        assert {targets.polarity(row) for row in corpora.read(DATA, corpus, "train")} == {0, 1, 2}
    for corpus, scale in targets.FORMALITY.items():
        values = [scale(row) for row in corpora.read(DATA, corpus, "train")]
        assert 0 <= min(values) < 0.4 < 0.6 < max(values) <= 1
    politeness = [targets.politeness(r) for r in corpora.read(DATA, "stanford_politeness", "train")]
    assert 0 < min(politeness) < 0.2 < 0.8 < max(politeness) < 1


@needs_data
def test_business_sentences_are_not_taken_from_the_set_they_are_measured_with() -> None:
    path = DATA / "financial_phrasebank" / "validation.jsonl"
    seen = [corpora.Row(json.loads(line)["text"], {}) for line in path.read_text().splitlines()]
    rows = corpora.read(DATA, corpora.BUSINESS, "train")
    assert corpora.without(rows, seen) == rows


def test_measures_on_cases_counted_by_hand() -> None:
    truth, found = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    assert measures.macro_recall(found, truth) == pytest.approx((2 / 3 + 1) / 2)
    assert measures.accuracy(found, truth) == 0.75
    assert measures.pearson(np.array([1.0, 2, 3]), np.array([5.0, 4, 3])) == pytest.approx(-1)
    assert measures.spearman(np.array([1.0, 2, 3]), np.array([10.0, 30, 20])) == pytest.approx(0.5)
    # Two answers at 0.9 of which one is right: 0.9 claimed, 0.5 held.
    error = measures.calibration_error(np.array([0.9, 0.9]), np.array([1, 0]))
    assert error == pytest.approx(0.4)


def test_equal_heads_are_equal_bytes(tmp_path: Path) -> None:
    encoder, head = Encoder(EncoderConfig(threads=1)), fitted()
    paths = [save(tmp_path / str(n), {"kind": head}, encoder, (2, 6)) for n in range(8)]
    assert len({path.read_bytes() for path in paths}) == 1
