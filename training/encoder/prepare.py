"""Pack every training set for the encoder: ``python -m training.encoder.prepare OUT``.

OUT becomes a folder that ``python -m training.encoder.fit`` reads, also on a machine that has
neither the sets nor the project installed. Takes half an hour on two cores, most of it to read
documents.
"""

import argparse
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from deployments.entities.bio import TAGS
from training.datasets import keyphrases, label_maps
from training.datasets.folders import public_sets
from training.datasets.keyphrases import KeyphraseText
from training.datasets.posts_by_language import languages, read_language
from training.datasets.written_posts import FIRST, LATER, read_posts
from training.encoder.examples import Example, pack
from training.encoder.fit.sets import SPLITS, Curriculum
from training.encoder.labelled_examples import LABELLED_SETS, labelled_examples, sets_by_repeats
from training.encoder.name_examples import (
    MEASURING_SETS,
    NAME_SETS,
    VALIDATION_SETS,
    NameSet,
    name_examples,
    validation_texts,
    varied_texts,
)
from training.encoder.post_examples import (
    english_post_examples,
    key_phrase_examples,
    post_examples,
)
from training.encoder.tasks import TASKS
from training.encoder.windows import WindowReader
from training.outputs import output_folder

_POSTS_REPEATS = 3.0
# Where a set of key phrases comes as one file, its halves are its splits.
KEY_PHRASE_REPEATS = {"inspec": 1.0, "papyrus_fr": 2.0, "stackexchange_kp_sample": 1.0}


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """The examples of one set in one split.

    Attributes:
        repeats: how often an epoch has them; for training alone.
    """

    split: str
    name: str
    examples: Sequence[Example]
    repeats: float = 0.0


#: Makes one set, or two of the same texts; can be sent to another process.
Job = Callable[[], list[ExampleSet]]


def main() -> None:
    """Read the sets and write the folder; prints the size of each."""
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("out", type=output_folder, help="the folder to write")
    parser.add_argument("--data", type=Path, default=public_sets())
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes) as pool:
        made = [each for sets in pool.map(_run, jobs(options.data)) for each in sets]
    for each in made:
        print(
            f"{each.split} {each.name}: {len(each.examples)}, {sum(map(len, each.examples))} tokens"
        )
    write(options.out, made)


def _run(job: Job) -> list[ExampleSet]:
    return job()


def write(folder: Path, sets: Sequence[ExampleSet]) -> None:
    """Pack the sets, one file for each split, and say what they teach."""
    for split in SPLITS:
        chosen = {each.name: each.examples for each in sets if each.split == split}
        np.savez_compressed(folder / f"{split}.npz", allow_pickle=False, **pack(chosen, TASKS))
    repeats = {each.name: each.repeats for each in sets if each.split == "train"}
    Curriculum(TASKS, TAGS, repeats, label_maps.PLUTCHIK).write(folder)


def jobs(data: Path) -> Iterator[Job]:
    """One for each set and split."""
    for number, labelled_set in enumerate(LABELLED_SETS):
        for split in SPLITS:
            if labelled_set.has_split(data, split):
                yield partial(_labelled, data, number, split)
    yield _english_posts
    for split in SPLITS:
        yield from (partial(_posts, code, split) for code in languages())
        yield from (partial(_key_phrases, data, name, split) for name in KEY_PHRASE_REPEATS)
    yield from (partial(_varied_names, data, each) for each in NAME_SETS)
    yield from (partial(_names, data, each) for each in (*VALIDATION_SETS, *MEASURING_SETS))


@cache
def _reader() -> WindowReader:
    """One for each process."""
    return WindowReader()


def _labelled(data: Path, number: int, split: str) -> list[ExampleSet]:
    labelled_set = LABELLED_SETS[number]
    texts = labelled_set.texts(data, split)
    examples = labelled_examples(_reader(), labelled_set, texts, split)
    if split != "train":
        return [ExampleSet(split, labelled_set.name, examples)]
    return [ExampleSet(split, *each) for each in sets_by_repeats(labelled_set, examples)]


def _english_posts() -> list[ExampleSet]:
    posts = (post for file in (FIRST, LATER) for post in read_posts(file))
    return [_of_posts("train", "en", (english_post_examples(_reader(), post) for post in posts))]


def _posts(code: str, split: str) -> list[ExampleSet]:
    posts = read_language(code, split=split)
    return [_of_posts(split, code, (post_examples(_reader(), post) for post in posts))]


def _of_posts(split: str, code: str, posts: Iterable[Iterable[Example]]) -> ExampleSet:
    examples = [example for windows in posts for example in windows]
    return ExampleSet(split, f"posts.{code}", examples, _POSTS_REPEATS)


def _key_phrases(data: Path, name: str, split: str) -> list[ExampleSet]:
    examples = list(key_phrase_examples(_reader(), _key_phrase_texts(data, name, split)))
    return [ExampleSet(split, f"key phrases.{name}", examples, KEY_PHRASE_REPEATS[name])]


def _key_phrase_texts(data: Path, name: str, split: str) -> list[KeyphraseText]:
    if name == "inspec":
        return keyphrases.inspec(data, split)
    if name == "papyrus_fr":
        return keyphrases.papyrus(data, split)
    texts = keyphrases.stackexchange(data)
    return texts[: keyphrases.HALF] if split == "train" else texts[keyphrases.HALF :]


def _varied_names(data: Path, name_set: NameSet) -> list[ExampleSet]:
    examples = list(name_examples(_reader(), varied_texts(data, name_set)))
    return [ExampleSet("train", name_set.name, examples, name_set.repeats)]


def _names(data: Path, name_set: NameSet) -> list[ExampleSet]:
    texts = (each.as_written for each in validation_texts(data, name_set))
    return [ExampleSet("validation", name_set.name, list(name_examples(_reader(), texts)))]


if __name__ == "__main__":
    main()
