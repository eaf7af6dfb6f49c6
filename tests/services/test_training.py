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
from training.datasets import corpora, entity_sets, label_maps
from training.datasets.written_posts import FIRST, LATER, posts
from training.entities import __main__ as names
from training.evaluation import metrics
from training.fitting.calibration import rescaled, temperature
from training.fitting.finetuning import (
    MASK_ID,
    Recipe,
    batched,
    padded_length,
    save_layers,
    schedule,
    tune,
)
from training.fitting.head_file import save_heads
from training.fitting.span_model import Example, SpanModel, Target, Task, alone, together

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the training data is not beside the project"
)

RECIPE = Recipe(epochs=12, learning_rate=5e-4, head_rate=5e-3, average=0.5, compiled=False)
WORDS = {"good": 2204, "bad": 2919}  # ids of these words in the carried vocabulary


def examples(dice: random.Random) -> list[Example]:
    """Texts of five to eight tokens with one word that tells the class."""
    made = []
    for number in range(256):
        ids = [dice.randrange(3000, 9000) for _ in range(dice.randrange(3, 7))]
        ids[dice.randrange(len(ids))] = list(WORDS.values())[number % 2]
        made.append(alone(ids, [Target("feeling", 0, number % 2)]))
    return made


def tuned_model(recipe: Recipe = RECIPE) -> SpanModel:
    model = SpanModel((Task("feeling", tuple(WORDS), "classes"),), recipe)
    tune(model, examples, len, model.loss, recipe)
    return model


@pytest.fixture(scope="module")
def model() -> SpanModel:
    return tuned_model()


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
    expected = model.predict([alone(ids, [])])["feeling"]
    # 8 bits for each difference and bf16 while predicting.
    np.testing.assert_allclose(heads.by_name["feeling"].logits(vectors), expected, atol=0.15)


def test_the_same_seed_gives_the_same_weights() -> None:
    recipes = (replace(RECIPE, epochs=1, seed=seed) for seed in (7, 7, 8))
    first, again, other = (tuned_model(r).head("feeling").layers[0][0] for r in recipes)
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_sentences_side_by_side_keep_their_own_targets() -> None:
    example = together([([5, 6], [Target("a", 0, 1)]), ([7], [Target("a", 0, 0)])])
    assert example.ids.tolist() == [101, 5, 6, 7, 102]
    assert example.spans == ((1, 3), (3, 4))
    assert [(t.span, t.values) for t in example.targets] == [(0, 1), (1, 0)]


def test_batches_hold_each_example_once_and_one_padded_length() -> None:
    items = [alone([1] * n, []) for n in range(1, 120)]
    found = list(batched(items, len, random.Random(1)))
    assert sorted(len(e) for batch in found for e in batch) == sorted(map(len, items))
    assert all(len({padded_length(len(e)) for e in batch}) == 1 for batch in found)


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


def allowed(example: names.Example, number: int) -> set[str]:
    return {tag for tag, right in zip(TAGS, example.right[number], strict=True) if right}


def test_a_set_that_does_not_know_a_kind_does_not_deny_it() -> None:
    text = entity_sets.Text(
        "Ana uses Excel", (entity_sets.Named(0, 3, "PERSON"),), frozenset({"PERSON"})
    )
    example = names.in_tokens(tokens(text.text), text)
    assert example is not None
    assert allowed(example, 0) == {"B-PERSON"}
    assert {"O", "B-PRODUCT", "I-ORG"} <= allowed(example, 2)
    assert "B-PERSON" not in allowed(example, 2)


def test_exchanged_names_stay_where_they_are_said_to_be() -> None:
    text = entity_sets.Text(
        "Ana joins SAP",
        (entity_sets.Named(0, 3, "PERSON"), entity_sets.Named(10, 13, "ORG")),
        frozenset(NAME_LABELS),
    )
    surfaces = {"PERSON": ["Wei Zhang"], "ORG": ["Northwind"]}
    dice = random.Random(3)
    seen = {names.exchanged(text, surfaces, dice) for _ in range(50)}
    assert len(seen) > 1
    for varied in seen:
        person, org = (varied.text[name.start : name.end] for name in varied.names)
        assert person in ("Ana", "Wei Zhang")
        assert org in ("SAP", "Northwind")


def test_own_texts_are_marked_without_a_flaw() -> None:
    own = entity_sets.read(DATA, entity_sets.OWN, "train")
    assert len(own) > 1_500
    assert not any("|" in text.text for text in own if "[" in text.text)
    labels = {name.label for text in own for name in text.names}
    assert labels == set(NAME_LABELS)


def test_whole_posts_have_a_polarity_for_each_sentence() -> None:
    for post in (*posts(FIRST), *posts(LATER)):
        assert len(post.polarities) == len(post.document.sentences)
        assert {post.polarity, *post.polarities} <= {0, 1, 2}


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
    seen = [corpora.Row(json.loads(line)["text"], {}) for line in path.read_text().splitlines()]
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
