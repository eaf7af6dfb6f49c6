"""Train the encoder of entities with its heads: ``python -m training.entities``.

Token classification on the carried encoder, which is taught capitals (``encoder.casing``).
The sets do not know the same labels: what a set does not label may be anything that it does
not know, and the loss counts every such tag as right. About 15 minutes on 2 cores with bf16.
"""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from torch import Tensor, nn

from deployments.encoder.casing import CASING_COUNT, NO_CASING, casing_ids
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Head
from deployments.encoder.inputs import EncoderInput, Tokens
from deployments.entities.bio import TAGS, TaggedWords, decode_names
from deployments.entities.mention import NAME_LABELS
from deployments.entities.tagger import name_features
from deployments.weights import delta
from deployments.weights import released as weights
from training.datasets.corpora import held_out
from training.datasets.entity_sets import Named, Text, read
from training.fitting.command_line import Job, job
from training.fitting.finetuning import (
    CLS_ID,
    LENGTHS,
    PAD_ID,
    SEP_ID,
    STEP_TOKENS,
    Recipe,
    carried_encoder,
    padded_length,
    prepared,
    save_layers,
    tune,
    with_masks,
)
from training.fitting.head_file import save_heads

torch._dynamo.config.recompile_limit = 4 * len(LENGTHS)

RECIPE = Recipe(epochs=3, learning_rate=1.5e-4, masked=0.05)
#: How often an epoch has each set.
TIMES = {
    "wnut17": 2, "broad_twitter_corpus": 2, "tweebank_ner": 1, "wikigold": 1,
    "uner_english_ewt": 2, "own": 3,
}  # fmt: skip

# Shares of an epoch's texts whose names are exchanged, of the names in them, and of texts
# written in lower case, in capitals and in Title Case.
_EXCHANGED_TEXTS, _EXCHANGED_NAMES = 0.4, 0.5
_LOWERED, _SHOUTED, _TITLED = 0.06, 0.03, 0.03
# Share of the texts whose casing is not told, so that it is not all that counts.
_UNTOLD = 0.05


@dataclass(frozen=True, slots=True)
class Example:
    """A text in tokens.

    Attributes:
        ids: vocabulary numbers, (n,).
        casings: how each is written, (n,).
        first: which begin a word; the others are not judged, (n,).
        right: the tags each may have, (n, n_tags).
    """

    ids: NDArray[np.int64]
    casings: NDArray[np.int64]
    first: NDArray[np.bool_]
    right: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids) + 2


def main() -> None:
    """Train, calibrate and write encoder and heads."""
    asked = job(str(__doc__))
    recipe = replace(RECIPE, seed=asked.seed)
    model = NamesModel(recipe)
    teaching = Teaching(asked.data)
    tune(model, teaching.examples, len, model.loss, recipe)
    folder = asked.out / "entities"
    extra = [(delta.CASING_EMBEDDINGS, model.casings.weight)]
    sha256 = save_layers(folder / delta.DELTA_FILE, model.bert, extra)
    tags = Head(TAGS, ((model.out.weight.detach().numpy(), model.out.bias.detach().numpy()),))
    save_heads(folder, {"names": tags}, sha256, (-1,))
    sureness = fitted(Encoder(EncoderConfig(source=str(folder), max_tokens=128)), tags, asked)
    path = save_heads(folder, {"names": tags, "sureness": sureness}, sha256, (-1,))
    for file in (folder / delta.DELTA_FILE, path):
        print(f"wrote {file}: {weights.sha256_of(file)}")


class NamesModel(nn.Module):
    """The carried encoder, a vector for each casing, and the tags' head."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.bert = prepared(carried_encoder(), embeddings=recipe.embeddings)
        size = self.bert.config.hidden_size
        self.casings = nn.Embedding(CASING_COUNT, size)
        nn.init.normal_(self.casings.weight, std=0.02)
        self.drop = nn.Dropout(recipe.dropout)
        self.out = nn.Linear(size, len(TAGS))
        self._fast = torch.compile(self._states, dynamic=False, disable=not recipe.compiled)

    def _states(self, embeddings: Tensor, mask: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            states = self.bert(inputs_embeds=embeddings, attention_mask=mask).last_hidden_state
        exact: Tensor = states.float()
        return exact

    def loss(self, batch: list[Example]) -> Tensor:
        """Mean over words of minus the log of the share that the right tags have."""
        length = padded_length(max(map(len, batch)))
        ids, shown, mask, right, counts = _arrays(batch, length, STEP_TOKENS // length)
        untold = torch.rand(len(ids), 1) < _UNTOLD
        shown = shown.masked_fill(untold, NO_CASING)
        ids = with_masks(ids, self.recipe.masked)
        embeddings = self.bert.embeddings.word_embeddings(ids) + self.casings(shown)
        logits = self.out(self.drop(self._fast(embeddings, mask)))
        shares = logits.log_softmax(-1).masked_fill(~right, -1e4).logsumexp(-1)
        mean: Tensor = -(shares * counts).sum() / counts.sum()
        return mean


def _arrays(batch: Sequence[Example], length: int, rows: int) -> tuple[Tensor, ...]:
    ids = np.full((rows, length), PAD_ID, np.int64)
    shown = np.full((rows, length), NO_CASING, np.int64)
    mask = np.zeros((rows, length), np.int64)
    mask[:, 0] = 1  # attention over nothing at all would be no number
    right = np.zeros((rows, length, len(TAGS)), bool)
    counts = np.zeros((rows, length), np.float32)
    for row, example in enumerate(batch):
        size = min(len(example.ids), length - 2)
        ids[row, : size + 2] = [CLS_ID, *example.ids[:size], SEP_ID]
        shown[row, 1 : size + 1] = example.casings[:size]
        mask[row, : size + 2] = 1
        right[row, 1 : size + 1] = example.right[:size]
        counts[row, 1 : size + 1] = example.first[:size]
    return tuple(map(torch.from_numpy, (ids, shown, mask, right, counts)))


class Teaching:
    """The sets, and what an epoch is made of."""

    def __init__(self, data: Path) -> None:
        self._encoder = Encoder(EncoderConfig(precision="fp32"))
        self._texts = {name: read(data, name, "train") for name in TIMES}
        self._texts["uner_english_ewt"] = [
            text for text in self._texts["uner_english_ewt"] if not held_out(text.text)
        ]
        found: dict[str, set[str]] = {label: set() for label in NAME_LABELS}
        for text in (text for texts in self._texts.values() for text in texts):
            for name in text.names:
                if name.label in found and "\n" not in text.text[name.start : name.end]:
                    found[name.label].add(text.text[name.start : name.end])
        self._surfaces = {label: sorted(surfaces) for label, surfaces in found.items()}

    def examples(self, dice: random.Random) -> list[Example]:
        """One epoch, with some names exchanged and some texts written otherwise."""
        made = []
        for corpus, times in TIMES.items():
            for text in self._texts[corpus] * times:
                varied = recased(exchanged(text, self._surfaces, dice), dice)
                if example := in_tokens(self._encoder.tokenize(varied.text), varied):
                    made.append(example)
        return made


def exchanged(text: Text, surfaces: Mapping[str, Sequence[str]], dice: random.Random) -> Text:
    """Sometimes the text with other names of the same kinds in place of its own."""
    if dice.random() >= _EXCHANGED_TEXTS:
        return text
    made, names, done = "", [], 0
    for name in sorted(text.names, key=lambda name: name.start):
        made += text.text[done : name.start]
        own = text.text[name.start : name.end]
        new = name.label in surfaces and dice.random() < _EXCHANGED_NAMES
        start = len(made)
        made += dice.choice(surfaces[name.label]) if new else own
        names.append(Named(start, len(made), name.label))
        done = name.end
    return Text(made + text.text[done:], tuple(names), text.known)


def recased(text: Text, dice: random.Random) -> Text:
    """Sometimes the text in lower case, in capitals or in Title Case."""
    throw, written = dice.random(), text.text
    if throw < _LOWERED:
        written = written.lower()
    elif throw < _LOWERED + _SHOUTED:
        written = written.upper()
    elif throw < _LOWERED + _SHOUTED + _TITLED:
        written = re.sub(r"\b[a-z]", lambda match: match[0].upper(), written)
    # "ß" in capitals is two letters, and the names would stand elsewhere.
    return replace(text, text=written) if len(written) == len(text.text) else text


def in_tokens(tokens: Tokens, text: Text) -> Example | None:
    """The text with the tags that each token may have; None for a text without any."""
    if not len(tokens):
        return None
    tags = ["O"] * len(tokens)
    for name in text.names:
        inside = np.flatnonzero((tokens.starts < name.end) & (tokens.ends > name.start))
        for number, token in enumerate(inside):
            tags[token] = f"{'I' if number else 'B'}-{name.label}"
    first = np.diff(tokens.word_ids, prepend=tokens.word_ids[0] - 1) != 0
    right = np.array([[tag in _may_be(own, text.known) for tag in TAGS] for own in tags])
    return Example(tokens.ids, casing_ids(text.text, tokens), first, right)


@cache
def _may_be(tag: str, known: frozenset[str]) -> frozenset[str]:
    """Where a set does not know a kind, a word without a label of its own may be of it."""
    if tag in TAGS and tag != "O":
        return frozenset({tag})
    unknown = [other for other in TAGS[1:] if other[2:] not in known]
    return frozenset({"O", *unknown})


def fitted(encoder: Encoder, tags: Head, asked: Job) -> Head:
    """How sure a name is, from its words' tags, by logistic regression on validation splits."""
    rows, right = [], []
    for corpus in ("wnut17", "broad_twitter_corpus", "tweebank_ner", "uner_english_ewt"):
        texts = validation(asked.data, corpus)
        found = encoder.tokens([EncoderInput(text.text, ()) for text in texts])
        for text, (tokens, states) in zip(texts, found, strict=True):
            words = TaggedWords.of(tokens, states, tags)
            truth = {(name.start, name.end, name.label) for name in text.names}
            for first, last, label in decode_names(text.text, words):
                if label in text.known:
                    rows.append(name_features(words, first, last, label))
                    right.append((words.starts[first], words.ends[last], label) in truth)
    model = LogisticRegression(max_iter=2_000).fit(np.stack(rows), right)
    print(f"sureness: {len(rows)} names, {np.mean(right):.1%} right")
    layer = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    return Head(("sureness",), (layer,))


def validation(data: Path, corpus: str) -> list[Text]:
    """The texts of a set that nothing was fitted on; of EWT those held out."""
    if corpus == "uner_english_ewt":
        return [text for text in read(data, corpus, "train") if held_out(text.text)]
    return read(data, corpus, "validation")


if __name__ == "__main__":
    main()
