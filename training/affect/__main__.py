"""Train the encoder of sentiment and tone with their heads: ``python -m training.affect``.

One encoder for both: tweets, reviews and business sentences for sentiment; GoEmotions,
politeness, formality and subjectivity for tone; three further sets that only teach it (irony,
tweets' emotions, valence). About an hour on 2 cores with bf16.
"""

import random
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from deployments.affect.segments import segments
from deployments.encoder.heads import Head
from deployments.results import EMOTIONS
from deployments.text.document import Document
from deployments.weights import delta
from deployments.weights import released as weights
from training.datasets import corpora, label_maps
from training.datasets.corpora import Row
from training.datasets.written_posts import FIRST, LATER, Post, posts
from training.evaluation import metrics
from training.fitting.calibration import platt, rescaled, temperature
from training.fitting.command_line import job
from training.fitting.finetuning import CLS_ID, SEP_ID, Recipe, save_layers, tune
from training.fitting.head_file import save_heads
from training.fitting.span_model import (
    MOST_SPANS,
    Example,
    SpanModel,
    Target,
    Task,
    alone,
    together,
)

TASKS = (
    Task("sentiment", label_maps.POLARITY, "classes", 128),
    Task("emotions", EMOTIONS, "each", 256),
    Task("formality", ("formality",), "each", 64),
    Task("politeness", ("politeness",), "each", 64),
    Task("subjectivity", ("subjectivity",), "each", 64),
    Task("tweet emotion", label_maps.TWEET_EMOTIONS, "classes"),
    Task("irony", ("irony",), "each"),
    Task("valence", label_maps.VALENCE, "each"),
    Task("grade", label_maps.GRADES, "classes"),
    Task("courtesy", label_maps.COURTESY, "classes"),
)
#: Which heads the service reads, by analysis.
ANALYSES = {
    "sentiment": ("sentiment",),
    "tone": ("emotions", "formality", "politeness", "subjectivity"),
}


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one task learns from a row, and how much the row counts there."""

    task: str
    values: Callable[[Row], float | tuple[float, ...]]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """One set: what its labels teach, and how often each stage's epochs have it.

    ``sentences`` tells a set of single sentences, of which some are put side by side, so that
    a sentence is told from its neighbours.
    """

    lessons: tuple[Lesson, ...]
    times: tuple[float, float]
    sentences: bool = False


def _graded(name: str) -> Lesson:
    weight = {"squinky_formality": 0.7, "formality_pavlick_sample1000": 2.0}.get(name, 1.0)
    return Lesson("formality", label_maps.FORMALITY[name], weight)


#: The second stage sees less of the large sets and more of what the first left weak.
SOURCES: Mapping[str, Source] = {
    "tweeteval_sentiment": Source((Lesson("sentiment", label_maps.polarity),), (1, 0.4)),
    "sst5": Source(
        (Lesson("sentiment", label_maps.polarity, 2.0), Lesson("grade", label_maps.grade)),
        (1, 2),
        True,
    ),
    corpora.REVIEWS: Source((Lesson("sentiment", label_maps.polarity, 1.5),), (2, 2), True),
    corpora.BUSINESS: Source((Lesson("sentiment", label_maps.polarity, 1.5),), (3, 2), True),
    corpora.LATER: Source((Lesson("sentiment", label_maps.polarity, 1.5),), (0, 2), True),
    "goemotions": Source((Lesson("emotions", label_maps.emotions),), (1, 0.4)),
    "stanford_politeness": Source(
        (Lesson("politeness", label_maps.politeness, 1.5), Lesson("courtesy", label_maps.courtesy)),
        (1, 2),
    ),
    "squinky_formality": Source((_graded("squinky_formality"),), (1, 0.5), True),
    "formality_pavlick_sample1000": Source((_graded("formality_pavlick_sample1000"),), (2, 2)),
    "enron_email_formality": Source((_graded("enron_email_formality"),), (1, 1)),
    "subj": Source((Lesson("subjectivity", label_maps.subjectivity),), (1, 1), True),
    "tweeteval_emotion": Source((Lesson("tweet emotion", label_maps.tweet_emotion, 0.5),), (1, 0)),
    "tweeteval_irony": Source((Lesson("irony", label_maps.irony, 0.5),), (1, 0)),
    "emobank": Source((Lesson("valence", label_maps.valence),), (1, 0.5)),
}
# What only the second stage teaches; the sets that it adds teach nothing new.
_STAGE_OF = {task.name: int(task.name in ("grade", "courtesy")) for task in TASKS}
STAGES = (Recipe(epochs=3), Recipe(epochs=1, learning_rate=5e-5, head_rate=3e-4))
#: What the second stage counts in the mean of both: it knows posts better, the first knows
#: reviews better (SST-2 0.883 and 0.880 by themselves, 0.888 together).
SECOND = 0.6
#: Whole posts, written for the project with a polarity for each sentence.
POSTS_TIMES, POSTS_WEIGHT = 3, 0.7
#: Share of the sentences that an epoch puts side by side, two to four together.
JOINED = 0.25
_LONGEST_JOINED, _LONGEST = 56, 126


def main() -> None:
    """Train, calibrate and write encoder and heads."""
    asked = job(str(__doc__))
    stages = [replace(each, seed=asked.seed) for each in STAGES]
    teaching, model = Teaching(asked.data), SpanModel(TASKS, stages[0])
    for stage, recipe in enumerate(stages):
        before = {name: value.detach().clone() for name, value in model.named_parameters()}
        tune(model, partial(teaching.examples, stage), len, model.loss, recipe)
        report(model, teaching)
    mix(model, before, SECOND)
    report(model, teaching)
    write(model, teaching, asked.out)


@torch.no_grad()
def mix(model: SpanModel, before: Mapping[str, torch.Tensor], share: float) -> None:
    """The weighted mean of two stages' parameters, better than either (Wortsman et al. 2022)."""
    for name, value in model.named_parameters():
        value.copy_(before[name] + share * (value - before[name]))


def write(model: SpanModel, teaching: "Teaching", out: Path) -> None:
    """The encoder's file and the two of heads, calibrated, with their digests."""
    layers = out / "affect" / delta.DELTA_FILE
    sha256 = save_layers(layers, model.bert)
    print(f"wrote {layers}: {weights.sha256_of(layers)}")
    for analysis, names in ANALYSES.items():
        heads = {name: calibrated(model, name, teaching) for name in names}
        path = save_heads(out / analysis, heads, sha256, (-1,))
        print(f"wrote {path}: {weights.sha256_of(path)}")


#: A text in tokens and what it teaches.
Part = tuple[list[int], tuple[Target, ...]]


class Teaching:
    """The sets in tokens, and what an epoch is made of."""

    def __init__(self, data: Path) -> None:
        folder = weights.locate(weights.MINILM)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.validation = {
            name: corpora.read(data, name, "validation")
            for name in SOURCES
            if corpora.has(data, name, "validation")
        }
        held_out = [row for rows in self.validation.values() for row in rows]
        self._parts = {
            name: self._read(name, corpora.without(corpora.read(data, name, "train"), held_out))
            for name in SOURCES
        }
        self._posts = [
            [example for post in posts(file) for example in self._of_post(post)]
            for file in (FIRST, LATER)
        ]

    def ids(self, text: str) -> list[int]:
        """A text's tokens as the service reads it, but as one segment to its end."""
        (segment,) = segments(Document.read(text), max_characters=len(text) + 1)
        found: list[int] = self._tokenizer.encode(segment.text, add_special_tokens=False).ids
        return found[:_LONGEST]

    def _read(self, name: str, rows: Sequence[Row]) -> list[Part]:
        raised = _raised(rows) if name == "tweeteval_sentiment" else {}
        parts = []
        for row in rows:
            told = tuple(
                Target(lesson.task, 0, value, lesson.weight * raised.get(value, 1.0))
                for lesson in SOURCES[name].lessons
                for value in [lesson.values(row)]
            )
            parts.append((self.ids(row.text), told))
        return [part for part in parts if part[0]]

    def _of_post(self, post: Post) -> Iterator[Example]:
        """Each segment of a post with its sentences' own polarities."""
        labels = iter(post.polarities)
        for segment in segments(post.document):
            encoding = self._tokenizer.encode(segment.text, add_special_tokens=False)
            starts = [start for start, _ in encoding.offsets]
            edges = [bisect_left(starts, span.start) for span in segment.sentences]
            spans = pairwise([edge + 1 for edge in [*edges, len(starts)]])
            told = list(islice(labels, len(segment.sentences)))
            targets_ = [Target("sentiment", i, told[i], POSTS_WEIGHT) for i in range(len(told))]
            ids = np.array([CLS_ID, *encoding.ids, SEP_ID], np.int32)
            yield Example(ids, tuple(spans)[:MOST_SPANS], tuple(targets_[:MOST_SPANS]))

    def examples(self, stage: int, dice: random.Random) -> list[Example]:
        """One epoch of a stage, some of the sentences side by side."""
        made, loose = [], []
        for name, source in SOURCES.items():
            for ids, told in _taken(self._parts[name], source.times[stage], dice):
                joins = source.sentences and len(ids) < _LONGEST_JOINED
                known = [target for target in told if _STAGE_OF[target.task] <= stage]
                if joins and dice.random() < JOINED:
                    loose.append((ids, known))
                else:
                    made.append(alone(ids, known))
        for first_stage, examples in enumerate(self._posts):
            made += examples * POSTS_TIMES if first_stage <= stage else []
        dice.shuffle(loose)
        while loose:
            size = dice.choice((2, 2, 3, 4))
            made.append(together(loose[:size]))
            del loose[:size]
        return [example for example in made if len(example) <= _LONGEST + 2]

    def asked(self, name: str) -> list[Example]:
        """The validation texts of a set."""
        return [alone(self.ids(row.text), ()) for row in self.validation[name]]


def _taken(parts: list[Part], times: float, dice: random.Random) -> list[Part]:
    """All of them as often as ``times`` says, and of the rest a random share."""
    return parts * int(times) + dice.sample(parts, round(times % 1 * len(parts)))


def _raised(rows: Sequence[Row]) -> dict[object, float]:
    """How much each class counts so that all together count alike; 1 on the average."""
    found = np.bincount([label_maps.polarity(row) for row in rows])
    return {c: len(rows) / len(found) / n for c, n in enumerate(found)}


def calibrated(model: SpanModel, name: str, teaching: Teaching) -> Head:
    """The head with its logits rescaled on the validation splits of its main sets."""
    head = model.head(name)
    if name == "sentiment":
        sets = ("tweeteval_sentiment", "sst5")
        logits = np.concatenate([model.predict(teaching.asked(s))[name] for s in sets])
        truth = np.array([label_maps.polarity(r) for s in sets for r in teaching.validation[s]])
        factor = temperature(logits, truth)
        print(f"temperature {1 / factor:.2f}")
        return rescaled(head, np.full(len(head.outputs), factor), np.zeros(len(head.outputs)))
    if name == "emotions":
        logits = model.predict(teaching.asked("goemotions"))[name]
        truth = np.array([label_maps.emotions(r) for r in teaching.validation["goemotions"]])
        return rescaled(head, *platt(logits, truth))
    return head


def report(model: SpanModel, teaching: Teaching) -> None:
    """Print how the validation splits come out, before calibration and the service's rules."""
    found = {name: model.predict(teaching.asked(name)) for name in teaching.validation}
    polarity = {
        name: (found[name]["sentiment"], np.array([label_maps.polarity(r) for r in rows]))
        for name, rows in teaching.validation.items()
        if SOURCES[name].lessons[0].task == "sentiment"
    }
    for name, (logits, truth) in polarity.items():
        print(f"  {name}: macro recall {metrics.macro_recall(logits.argmax(1), truth):.3f}")
    logits, truth = polarity["sst5"]
    told = truth != label_maps.POLARITY.index("neutral")
    right = (logits[told, 0] > logits[told, 2]) == (truth[told] == 0)
    print(f"  sst2: accuracy {right.mean():.3f}")
    emotions = np.array([label_maps.emotions(r) for r in teaching.validation["goemotions"]])
    shares = 1 / (1 + np.exp(-found["goemotions"]["emotions"]))
    print(f"  goemotions: macro F1 {metrics.cross_thresholded_f1(shares, emotions):.3f}")
    labels = np.array([r.fields["label"] for r in teaching.validation["stanford_politeness"]])
    scores = found["stanford_politeness"]["politeness"][labels != "neutral", 0]
    print(f"  politeness: AUC {metrics.auc(scores, labels[labels != 'neutral'] == 'polite'):.3f}")
    truth = np.array([label_maps.subjectivity(r) > 0.5 for r in teaching.validation["subj"]])
    right = (found["subj"]["subjectivity"][:, 0] > 0) == truth
    print(f"  subj: accuracy {right.mean():.3f}", flush=True)


if __name__ == "__main__":
    main()
