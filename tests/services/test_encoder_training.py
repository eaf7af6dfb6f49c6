"""The encoder and its heads are fitted on packed sets, and the service reads what comes out."""

import ast
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

import training
from deployments.encoder import casing
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Heads
from deployments.encoder.identity import EncoderIdentity
from deployments.entities.bio import TAGS
from deployments.entities.mention import NAME_LABELS
from deployments.reading.reading_text import reading_input
from deployments.results import Span
from deployments.text.document import Document
from deployments.weights import quantized
from deployments.weights.released import ENCODER, locate
from training.datasets import corpora, label_maps
from training.datasets.entity_sets import EntitySpan
from training.encoder.calibrated_heads import span_head
from training.encoder.examples import Example, Target, example, pack, side_by_side, whole
from training.encoder.export import write_encoder
from training.encoder.fit import sets as packed
from training.encoder.fit.files import load_network, network_file, save_network
from training.encoder.fit.losses import (
    LossWeights,
    distillation_loss,
    group_losses,
    label_loss,
)
from training.encoder.fit.mean import mean
from training.encoder.fit.network import Network
from training.encoder.fit.optimisation import Hyperparameters, epoch_batches, fit, schedule
from training.encoder.fit.predictions import predict
from training.encoder.fit.scores import auc, scores
from training.encoder.fit.sets import ANY_TAG, NOT_JUDGED, Curriculum, PackedSets, Task
from training.encoder.labelled_examples import LABELLED_SETS, composed
from training.encoder.name_examples import tag_bits
from training.encoder.post_examples import key_marks, occurrences
from training.encoder.prepare import ExampleSet, write
from training.encoder.tasks import TASKS
from training.encoder.windows import WindowReader
from training.fitting.head_file import save_heads

pytestmark = pytest.mark.no_cover

LONG = " ".join(f"Satz {n} steht hier, weil er lang ist." for n in range(30))
POSTS = ("We ♥ Łódź! #hiring @ana", "ALLES NEU BEI UNS IN KÖLN", LONG, "Vi ses. Tack!")
PRAISE = ("good", "gut", "bueno", "dobry")
BLAME = ("bad", "schlecht", "malo", "zły")
PLACES = ("Lund", "Lyon", "Porto", "Graz", "Turin", "Gent", "Vejle", "Łódź")


@pytest.fixture(scope="module")
def reader() -> WindowReader:
    return WindowReader()


@pytest.fixture(scope="module")
def bert() -> dict[str, torch.Tensor]:
    """The released encoder's weights."""
    path = locate(ENCODER) / "model.safetensors"
    return {name: torch.from_numpy(v) for name, v in quantized.dequantized(path).items()}


def verdict(reader: WindowReader, word: str, place: str) -> Example:
    """A text whose polarity one word tells, with its place as a name and a key phrase."""
    document = Document.read(f"The coffee in {place} is {word} today.")
    (window,) = reader.windows(document)
    name = EntitySpan(14, 14 + len(place), "LOC")
    polarity = 0 if word in PRAISE else 2
    return example(
        window,
        [whole(window, [Target("sentiment", polarity)])],
        tags=tag_bits(window, document, [name], frozenset(NAME_LABELS)),
        keys=key_marks(window, [Span(*name[:2])]),
    )


@pytest.fixture(scope="module")
def folder(reader: WindowReader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packed sets of verdicts; the validation split has places that training has not."""
    made = [
        ExampleSet(split, "verdicts", [verdict(reader, word, place) for place in places
                                       for word in PRAISE + BLAME], 1.5)
        for split, places in (("train", PLACES[2:]), ("validation", PLACES[:2]))
    ]  # fmt: skip
    path = tmp_path_factory.mktemp("sets")
    write(path, made)
    return path


@pytest.fixture(scope="module")
def curriculum(folder: Path) -> Curriculum:
    return Curriculum.read(folder)


def untuned(bert: dict[str, torch.Tensor], curriculum: Curriculum, seed: int = 3) -> Network:
    torch.manual_seed(seed)
    network = Network(curriculum.tasks, len(curriculum.tags), depth=1)
    network.load_bert(bert)
    return network.eval()


def load(folder: Path, split: str, curriculum: Curriculum) -> PackedSets:
    return PackedSets.load(folder, split, curriculum.tasks, "cpu")


@pytest.fixture(scope="module")
def network(bert: dict[str, torch.Tensor], folder: Path, curriculum: Curriculum) -> Network:
    """One layer, fitted on the verdicts."""
    network = untuned(bert, curriculum)
    steps = Hyperparameters(epochs=7, tokens=256, lr=1e-3, head_lr=5e-3, seed=5)
    fit(network, load(folder, "train", curriculum), curriculum, steps)
    return network


def test_windows_are_those_that_the_service_reads(reader: WindowReader) -> None:
    encoder = Encoder(EncoderConfig(precision="fp32", device="cpu", threads=1))
    for text in POSTS:
        document = Document.read(text)
        windows = list(reader.windows(document))
        expected = encoder.windows([reading_input(document)])
        assert len(windows) == len(expected) > (text == LONG)
        for window, served in zip(windows, expected, strict=True):
            assert window.tokens.ids.tolist() == served.input_ids[1:-1].tolist()
            assert served.casing_ids is not None
            assert window.casings.tolist() == served.casing_ids[1:-1].tolist()


def test_constants_are_those_of_the_service(reader: WindowReader) -> None:
    assert (packed.CASING_COUNT, packed.NO_CASING) == (casing.CASING_COUNT, casing.NO_CASING)
    special = reader._tokenizer.special_tokens
    assert (special.prefix, special.suffix) == ((packed.BEGIN_ID,), (packed.END_ID,))
    assert reader.window_tokens < packed.MOST_TOKENS
    assert len(TAGS) < 16


def test_fitting_needs_torch_and_numpy_alone() -> None:
    names = set()
    for path in (Path(training.__path__[0]) / "encoder" / "fit").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names.add(str(node.module))
            elif isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
    own = {name for name in names if name.startswith("training.")}
    assert all(name.startswith("training.encoder.fit.") for name in own)
    assert {"deployments", "safetensors", "sklearn"}.isdisjoint(n.split(".")[0] for n in names)
    # What Python reads on the way there says nothing but what it is.
    for folder in ("", "encoder", "encoder/fit"):
        init = Path(training.__path__[0], folder, "__init__.py").read_text(encoding="utf-8")
        assert len(ast.parse(init).body) == 1


def test_what_is_packed_comes_out_of_batches(
    reader: WindowReader, folder: Path, curriculum: Curriculum
) -> None:
    sets, examples = (
        load(folder, "validation", curriculum),
        [verdict(reader, word, place) for place in PLACES[:2] for word in PRAISE + BLAME],
    )
    rows = np.array([3, 12])
    batch = sets.batch(rows, 32)
    assert curriculum.tasks == TASKS
    assert curriculum.repeats == {"verdicts": 1.5}
    for row, number in enumerate(rows):
        given, size = examples[number], len(examples[number])
        inside = slice(1, size + 1)
        assert batch.ids[row, : size + 2].tolist() == [0, *given.ids, 2]
        assert set(batch.ids[row, size + 2 :].tolist()) == {packed.PAD_ID}
        for name, outside in (("casings", 56), ("tags", ANY_TAG), ("keys", NOT_JUDGED)):
            values = getattr(batch, name)[row]
            assert values[inside].tolist() == getattr(given, name).tolist()
            assert set(values[size + 1 :].tolist()) | {int(values[0])} == {outside}
        assert batch.spans[row, 0].tolist() == [1, size + 1]
        assert batch.has_span[row].tolist() == [True] + [False] * 7
        value = sets.targets["sentiment"].values[batch.span_numbers[row], 0]
        assert value == given.spans[0].targets[0].values


def test_an_example_longer_than_its_batch_is_cut(folder: Path, curriculum: Curriculum) -> None:
    batch = load(folder, "validation", curriculum).batch(np.array([0]), 6)
    assert batch.ids[0, [0, 5]].tolist() == [packed.BEGIN_ID, packed.END_ID]
    assert batch.lengths.tolist() == [6]


def test_examples_without_any_span_are_packed(reader: WindowReader, tmp_path: Path) -> None:
    (window,) = reader.windows(Document.read("Nothing to learn."))
    arrays = pack({"bare": [example(window)], "v": [verdict(reader, "gut", "Graz")]}, TASKS)
    np.savez(tmp_path / "train.npz", allow_pickle=False, **arrays)
    sets = PackedSets.load(tmp_path, "train", TASKS, "cpu")
    assert sets.names == ("bare", "v")
    assert sets.batch(np.array([0, 1]), 16).has_span.sum(1).tolist() == [0, 1]


def test_sentences_side_by_side_keep_their_spans(reader: WindowReader) -> None:
    good, bad = verdict(reader, "good", "Lund"), verdict(reader, "bad", "Lyon")
    both = side_by_side([good, bad])
    assert both.ids.tolist() == [*good.ids, *bad.ids]
    assert [(s.first, s.last) for s in both.spans] == [(0, len(good)), (len(good), len(both))]
    assert [s.targets[0].values for s in both.spans] == [0, 2]


def test_composed_sentences_fit_into_an_example(reader: WindowReader) -> None:
    import random

    sentences = [verdict(reader, word, place) for word in PRAISE for place in PLACES]
    together = composed(sentences, random.Random(1))
    assert sum(len(each.spans) for each in together) == len(sentences)
    assert all(2 <= len(each.spans) <= 4 for each in together[:-1])
    assert max(map(len, together)) <= packed.MOST_TOKENS


def tags_of(reader: WindowReader, text: str, *names: EntitySpan) -> list[set[str]]:
    """The tags that each token may have; empty for one that is not judged."""
    document = Document.read(text)
    (window,) = reader.windows(document)
    bits = tag_bits(window, document, names, frozenset({"PERSON"}))
    return [
        set() if each == ANY_TAG else {tag for n, tag in enumerate(TAGS) if each >> n & 1}
        for each in bits
    ]


def test_a_set_that_does_not_know_a_kind_does_not_deny_it(reader: WindowReader) -> None:
    person, verb, *_ = tags_of(reader, "Eva nutzt Excel", EntitySpan(0, 3, "PERSON"))
    assert person == {"B-PERSON"}
    assert {"O", "B-PRODUCT", "I-ORG"} <= verb
    assert not {"B-PERSON", "I-PERSON"} & verb


def test_only_the_first_token_of_a_word_and_no_hashtag_is_judged(reader: WindowReader) -> None:
    tags = tags_of(reader, "Glückwunschschreiben von #Eva heute.")
    document = Document.read("Glückwunschschreiben von #Eva heute.")
    (window,) = reader.windows(document)
    judged = [bool(each) for each in tags]
    hashtag = window.touching(Span(25, 29))
    assert judged == (window.begins_word & ~hashtag).tolist()
    assert hashtag.any()
    assert not window.begins_word.all()


def test_key_phrases_are_found_as_whole_words_in_any_case() -> None:
    spans = occurrences("Solar power! Solarpower, SOLAR POWER; (solar power)", ["solar power"])
    assert [span.start for span in spans] == [0, 25, 39]


def test_a_network_learns_what_can_be_learnt(
    network: Network, folder: Path, curriculum: Curriculum
) -> None:
    unseen, seen = (
        scores(predict(network, sets, np.arange(len(sets.sizes))), sets, curriculum)
        for sets in (load(folder, split, curriculum) for split in ("validation", "train"))
    )
    assert unseen["verdicts: sentiment, macro recall"] > 0.9
    assert unseen["verdicts: key phrases, AUC"] > 0.9
    assert seen["verdicts: names, F1"] > 0.9


def test_words_do_not_learn(network: Network, bert: dict[str, torch.Tensor]) -> None:
    assert torch.equal(network.words.weight, bert[quantized.WORD_EMBEDDINGS])


def test_the_service_reads_what_was_fitted(
    network: Network, folder: Path, curriculum: Curriculum, tmp_path: Path
) -> None:
    (tmp_path / "encoder").mkdir()
    for name in ("config.json", "sentencepiece.model"):
        shutil.copy(locate(ENCODER) / name, tmp_path / "encoder")
    config = tmp_path / "encoder" / "config.json"
    config.write_text(
        config.read_text().replace('"num_hidden_layers": 6', '"num_hidden_layers": 1')
    )
    sha256 = write_encoder(network, tmp_path)
    save_heads(tmp_path / "sentiment", {"sentiment": span_head(network, "sentiment")}, sha256)
    source = EncoderConfig(source=str(tmp_path / "encoder"), precision="fp32", threads=1)
    heads = Heads.load(str(tmp_path / "sentiment"), EncoderIdentity.of(source))
    document = Document.read(f"The coffee in {PLACES[0]} is {PRAISE[0]} today.")
    (reading,) = Encoder(source).read([reading_input(document)])
    served = heads.by_name["sentiment"].logits(reading.mean_states(reading.window_ranges()))
    sets = load(folder, "validation", curriculum)
    fitted = predict(network, sets, np.array([0])).logits["sentiment"][:1]
    # Matrices in 8 bits, heads and states in half precision.
    np.testing.assert_allclose(served, fitted, atol=0.15)


def test_a_network_is_written_and_read(
    network: Network,
    bert: dict[str, torch.Tensor],
    folder: Path,
    curriculum: Curriculum,
    tmp_path: Path,
) -> None:
    path = network_file(tmp_path, "one")
    save_network(path, network)
    assert path.stat().st_size < 20 * 10**6  # the words are not in it
    again = load_network(path, bert, curriculum)
    batch = load(folder, "validation", curriculum).batch(np.arange(4), 16)
    with torch.no_grad():
        assert torch.equal(again(batch).tags, network(batch).tags)


def gradients(network: Network, loss: torch.Tensor) -> Iterator[float]:
    network.zero_grad()
    torch.autograd.backward(loss)
    for value in network.parameters():
        if value.grad is not None:
            yield float(value.grad.abs().max())


def test_a_student_that_says_what_its_teachers_say_learns_nothing(
    bert: dict[str, torch.Tensor], folder: Path, curriculum: Curriculum
) -> None:
    student, other = untuned(bert, curriculum), untuned(bert, curriculum, seed=4)
    batch = load(folder, "train", curriculum).batch(np.arange(6), 16)

    def steepest(teacher: Network) -> float:
        with torch.no_grad():
            said = [teacher(batch)] * 2
        loss = distillation_loss(student(batch), said, batch, curriculum.tasks, tag=1.0)
        return max(gradients(student, loss))

    assert steepest(student) < 1e-5 < 1e-2 < steepest(other)


def test_what_is_not_judged_teaches_nothing(
    bert: dict[str, torch.Tensor], folder: Path, curriculum: Curriculum
) -> None:
    network, sets = untuned(bert, curriculum), load(folder, "train", curriculum)
    batch = sets.batch(np.arange(4), 16)
    blank = replace(
        batch,
        tags=torch.full_like(batch.tags, ANY_TAG),
        keys=torch.full_like(batch.keys, NOT_JUDGED),
    )
    outputs, weights = network(blank), LossWeights()
    assert label_loss(outputs, blank, sets, curriculum, weights) < label_loss(
        outputs, batch, sets, curriculum, weights
    )
    nothing = replace(sets, targets={
        name: replace(each, weights=torch.zeros_like(each.weights))
        for name, each in sets.targets.items()
    })  # fmt: skip
    assert label_loss(outputs, blank, nothing, curriculum, weights) == 0


def test_a_group_of_emotions_is_as_likely_as_one_of_them_at_least() -> None:
    tasks = (Task("emotions", ("joy", "love", "fear"), "each"),)
    curriculum = Curriculum(tasks, (), {}, {"joy": ("joy", "love"), "fear": ("fear",)})
    logits = torch.tensor([[0.0, 0.0, 2.0]])
    joy, fear = 1 - 0.5 * 0.5, 1 / (1 + np.exp(-2.0))
    expected = (-np.log(joy) - np.log(1 - fear)) / np.sqrt(2)
    (loss,) = group_losses(logits, torch.tensor([[1.0, 0.0]]), curriculum)
    assert float(loss) == pytest.approx(expected, abs=1e-4)


def test_an_epoch_has_each_set_as_often_as_it_should(folder: Path, curriculum: Curriculum) -> None:
    sets = load(folder, "train", curriculum)
    batches = epoch_batches(sets, {"verdicts": 2.5}, 200, np.random.default_rng(0))
    counts = np.bincount(np.concatenate([rows for _, rows in batches]))
    assert (counts.min(), counts.max()) == (2, 3)
    assert counts.sum() == round(2.5 * len(sets.sizes))
    for length, rows in batches:
        assert len(rows) * length <= max(200, 8 * length)
        assert (sets.sizes[rows] + 2 <= length).all()


def test_rates_rise_and_fall() -> None:
    rates = [schedule(done) for done in np.linspace(0, 1, 101)]
    assert [rates[0], max(rates), rates[-1]] == pytest.approx([0, 1, 0])
    assert all(a < b for a, b in pairwise(rates[:6]))
    assert all(a > b for a, b in pairwise(rates[5:]))


def test_hyperparameters_are_named_on_the_command_line() -> None:
    changed = Hyperparameters().with_changes(["lr=2e-4", "tokens=64"])
    assert (changed.lr, changed.tokens, changed.seed) == (2e-4, 64, 7)
    with pytest.raises(ValueError, match="'rate' is no hyperparameter"):
        Hyperparameters().with_changes(["rate=1"])


def test_the_mean_of_networks_weighs_them_by_their_shares() -> None:
    states = {"a": {"w": torch.tensor([0.0, 4.0])}, "b": {"w": torch.tensor([4.0, 0.0])}}
    assert mean(states, {"a": 0.25, "b": 0.75})["w"].tolist() == [3.0, 1.0]
    with pytest.raises(ValueError, match="together, not 1"):
        mean(states, {"a": 0.5, "b": 0.6})


def test_auc_counts_pairs() -> None:
    assert auc(np.array([0.1, 0.4, 0.3, 0.8]), np.array([False, False, True, True])) == 0.75


def lay(data: Path, corpus: str, file: str, *texts: str) -> None:
    (data / corpus).mkdir(exist_ok=True)
    lines = (f'{{"text": "{text}", "label": "neutral"}}' for text in texts)
    (data / corpus / file).write_text("\n".join(lines))


def test_no_tweet_that_measures_in_tweeteval_trains_in_another_set(tmp_path: Path) -> None:
    lay(tmp_path, "tweeteval_sentiment", "validation.jsonl", "Rain again", "Off to Leeds")
    lay(tmp_path, "xlmt_sentiment", "train.en.jsonl", "rain again!", "Home at last")
    (tweets,) = (each for each in LABELLED_SETS if each.name == "xlmt_sentiment.en")
    assert [text.text for text in tweets.texts(tmp_path, "train")] == ["Home at last"]
    (tweeteval,) = (each for each in LABELLED_SETS if each.name == "tweeteval_sentiment")
    assert [text.text for text in tweeteval.texts(tmp_path, "validation")] == ["Off to Leeds"]
    assert corpora.read(tmp_path, "xlmt_sentiment", "train", language="en")


def test_every_lesson_teaches_a_task() -> None:
    names = {task.name for task in TASKS}
    assert {lesson.task for each in LABELLED_SETS for lesson in each.lessons} == names
    assert {task.outputs for task in TASKS if task.name == "plutchik"} == {
        tuple(label_maps.PLUTCHIK)
    }
