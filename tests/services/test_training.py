"""Training makes encoders and heads that the service reads, from sets that it may see."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Head, Heads, softmax
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.entities.bio import TAGS
from deployments.entities.mention import NAME_LABELS
from deployments.results import Span
from deployments.weights import delta
from tests.labelled_data import DATA, needs_data
from training.datasets import corpora, entity_sets, label_maps
from training.datasets.entity_sets import EntitySpan, EntityText
from training.datasets.sources import measuring_sets
from training.datasets.written_posts import FIRST, LATER, read_posts
from training.entities.augmentation import with_exchanged_names
from training.entities.examples import TaggingExample, tagging_example
from training.evaluation import metrics
from training.fitting.batching import MASK_ID, batched, padded_length
from training.fitting.calibration import rescaled, temperature
from training.fitting.finetuning import Hyperparameters, fine_tune, schedule
from training.fitting.head_file import save_heads
from training.fitting.layers_file import save_layers
from training.fitting.span_model import (
    SpanExample,
    SpanModel,
    SpanTarget,
    SpanTask,
    side_by_side,
    single_span,
)

# Nothing but arithmetic, for which counting lines takes longer than computing.
pytestmark = pytest.mark.no_cover

HYPERPARAMETERS = Hyperparameters(
    epochs=12, learning_rate=5e-4, head_rate=5e-3, average=0.5, compiled=False
)
WORDS = {"good": 2204, "bad": 2919}  # ids of these words in the carried vocabulary


def examples(dice: random.Random) -> list[SpanExample]:
    """Texts of five to eight tokens with one word that tells the class."""
    texts = []
    for number in range(256):
        ids = [dice.randrange(3000, 9000) for _ in range(dice.randrange(3, 7))]
        ids[dice.randrange(len(ids))] = list(WORDS.values())[number % 2]
        texts.append(single_span(ids, [SpanTarget("feeling", 0, number % 2)]))
    return texts


def fine_tuned_model(hyperparameters: Hyperparameters = HYPERPARAMETERS) -> SpanModel:
    model = SpanModel((SpanTask("feeling", tuple(WORDS), "classes"),), hyperparameters)
    fine_tune(model, examples, len, model.loss, hyperparameters)
    return model


@pytest.fixture(scope="module")
def model() -> SpanModel:
    return fine_tuned_model()


def test_tuning_learns_what_can_be_learnt(model: SpanModel) -> None:
    unseen = examples(random.Random(99))
    truth = np.array([example.targets[0].values for example in unseen])
    assert (model.predict(unseen)["feeling"].argmax(1) == truth).mean() > 0.9


def test_the_service_reads_the_tuned_encoder_as_it_was_tuned(
    model: SpanModel, tmp_path: Path
) -> None:
    sha256 = save_layers(tmp_path / delta.DELTA_FILE, model.bert)
    save_heads(tmp_path, {"feeling": model.head("feeling")}, sha256, (-1,))
    encoder = Encoder(EncoderConfig(source=str(tmp_path), precision="fp32", threads=1))
    heads = Heads.load(str(tmp_path), encoder)
    text = "a truly good day in the office"
    ids = encoder.tokenize(text).ids.tolist()
    (vectors,) = encoder.pool([EncoderInput(text, (Span(0, len(text)),))])
    expected = model.predict([single_span(ids, [])])["feeling"]
    # 8 bits for each difference and bf16 while predicting.
    np.testing.assert_allclose(heads.by_name["feeling"].logits(vectors), expected, atol=0.15)


def test_the_same_seed_gives_the_same_weights() -> None:
    stages = (replace(HYPERPARAMETERS, epochs=1, seed=seed) for seed in (7, 7, 8))
    first, again, other = (fine_tuned_model(each).head("feeling").layers[0][0] for each in stages)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_sentences_side_by_side_keep_their_own_targets() -> None:
    example = side_by_side([([5, 6], [SpanTarget("a", 0, 1)]), ([7], [SpanTarget("a", 0, 0)])])
    assert example.ids.tolist() == [101, 5, 6, 7, 102]
    assert example.spans == ((1, 3), (3, 4))
    assert [(t.span, t.values) for t in example.targets] == [(0, 1), (1, 0)]


def test_batches_hold_each_example_once_and_one_padded_length() -> None:
    items = [single_span([1] * n, []) for n in range(1, 120)]
    batches = list(batched(items, len, random.Random(1)))
    assert sorted(len(e) for batch in batches for e in batch) == sorted(map(len, items))
    assert all(len({padded_length(len(e)) for e in batch}) == 1 for batch in batches)


def test_rates_rise_and_fall() -> None:
    assert schedule(0, 0.1) == 0
    assert schedule(0.1, 0.1) == pytest.approx(1)
    assert schedule(0.55, 0.1) == pytest.approx(0.5)
    assert schedule(1, 0.1) == pytest.approx(0)
    assert MASK_ID == 103


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
    paths = [save_heads(tmp_path / str(n), {"kind": head}, "0", (2, 6)) for n in range(8)]
    assert len({path.read_bytes() for path in paths}) == 1


def tokens(text: str) -> Tokens:
    """A token for each word between single blanks."""
    words = text.split(" ")
    starts = np.cumsum([0, *(len(word) + 1 for word in words[:-1])])
    ends = starts + [len(word) for word in words]
    return Tokens(np.arange(len(words)), starts, ends, np.arange(len(words)))


def allowed(example: TaggingExample, number: int) -> set[str]:
    return {tag for tag, right in zip(TAGS, example.allowed_tags[number], strict=True) if right}


def test_a_set_that_does_not_know_a_kind_does_not_deny_it() -> None:
    text = EntityText("Ana uses Excel", (EntitySpan(0, 3, "PERSON"),), frozenset({"PERSON"}))
    example = tagging_example(tokens(text.text), text)
    assert example is not None
    assert allowed(example, 0) == {"B-PERSON"}
    assert {"O", "B-PRODUCT", "I-ORG"} <= allowed(example, 2)
    assert "B-PERSON" not in allowed(example, 2)


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
