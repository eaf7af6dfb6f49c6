"""From posts to blocks, in worker processes: everything before the device.

Reads posts as the analyzers do, with the product's own functions. Sentiment and tone read
the same segments with the same encoder, so that one block serves both.
"""

import multiprocessing as mp
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from multiprocessing.synchronize import Event
from typing import Any

from deployments.affect.segments import segments

# The product's own way to a text's tokens; it has no public name outside of the encoder,
# which would load the model in every worker.
from deployments.encoder import tokenizer
from deployments.encoder.casing import casing_ids
from deployments.encoder.config import EncoderConfig
from deployments.encoder.inputs import EncoderInput, Window
from deployments.encoder.windows import split_windows
from deployments.entities.analyzer import EntitiesConfig
from deployments.keywords.analyzer import KeywordsConfig
from deployments.keywords.candidates import extract_candidates
from deployments.keywords.features import encoder_input
from deployments.results import Span
from deployments.sentiment.analyzer import SentimentConfig
from deployments.text.document import Document
from deployments.weights import released as weights
from loadtest.gpu.blocks import Block, Packer

#: Which encoder reads what, and how long a window of it is.
ENCODERS: dict[str, EncoderConfig] = {
    "affect": SentimentConfig().encoder,
    "keywords": KeywordsConfig().encoder,
    "names": EntitiesConfig().encoder,
}
# Blocks that wait for the device; beyond it the workers wait.
_WAITING_BLOCKS = 64


class Preparation:
    """What is read of a post, as windows of tokens for each encoder."""

    def __init__(self) -> None:
        # All three are tuned from one base and share its tokenizer.
        self._tokenizer = tokenizer.load_tokenizer(weights.locate(weights.MINILM))
        self._specials = tokenizer.special_tokens(self._tokenizer)

    def windows(self, text: str) -> dict[str, list[Window]]:
        """For each of ENCODERS the windows of a post."""
        document = Document.read(text)
        read = {
            "affect": [_segment(part.text, part.sentences) for part in segments(document)],
            "keywords": [encoder_input(document, extract_candidates(document))],
            "names": [_names(document)],
        }
        return {
            encoder: [window for one in passages for window in self._cut(encoder, one)]
            for encoder, passages in read.items()
        }

    def _cut(self, encoder: str, one: EncoderInput) -> Iterator[Window]:
        tokens = next(tokenizer.tokenize(self._tokenizer, [one.text]))
        shown = casing_ids(one.text, tokens) if encoder == "names" else None
        limit = ENCODERS[encoder].max_tokens
        return split_windows(0, one, tokens, self._specials, limit, shown)


def _segment(text: str, sentences: Sequence[Span]) -> EncoderInput:
    return EncoderInput(text, (Span(0, len(text)), *sentences))


def _names(document: Document) -> EncoderInput:
    text = document.masked("hashtags", "mentions", "links", "emoji")
    return EncoderInput(text, (), tuple(sentence.start for sentence in document.sentences))


def prepared(texts: Sequence[str], block_tokens: int) -> list[Block]:
    """Every block of the texts, the half-filled ones too, in this process."""
    preparation, packer = Preparation(), Packer(block_tokens)
    blocks = [
        block
        for text in texts
        for encoder, found in preparation.windows(text).items()
        for block in packer.add(encoder, found)
    ]
    return [*blocks, *packer.rest()]


@dataclass(frozen=True, slots=True)
class Pace:
    """What one core prepares.

    Attributes:
        posts_per_s: from text to blocks, all three encoders.
        tokens_per_s: of the tokenizer alone, its arrays included.
    """

    posts_per_s: float
    tokens_per_s: float


def pace(texts: Sequence[str], block_tokens: int) -> Pace:
    """Measured in processor time of this thread."""
    preparation = Preparation()
    prepared(texts[:8], block_tokens)  # regular expressions, word lists, caches
    started = time.thread_time()
    prepared(texts, block_tokens)
    whole_s = time.thread_time() - started
    started = time.thread_time()
    tokens = sum(len(next(tokenizer.tokenize(preparation._tokenizer, [text]))) for text in texts)
    return Pace(len(texts) / whole_s, tokens / (time.thread_time() - started))


class Workers:
    """Processes that prepare the same posts again and again until they are stopped."""

    def __init__(self, texts: Sequence[str], block_tokens: int, workers: int) -> None:
        # Spawned, not forked: a forked process must not touch the parent's GPU.
        context = mp.get_context("spawn")
        self.blocks: Any = context.Queue(_WAITING_BLOCKS)
        self._stop = context.Event()
        self._processes = [
            context.Process(
                target=_work,
                args=(list(texts[n::workers] or texts), block_tokens, self.blocks, self._stop),
                daemon=True,
            )
            for n in range(workers)
        ]
        for process in self._processes:
            process.start()

    def stop(self) -> None:
        """End them."""
        self._stop.set()
        self.blocks.cancel_join_thread()
        for process in self._processes:
            process.terminate()
            process.join(5)


def _work(texts: list[str], block_tokens: int, blocks: Any, stop: Event) -> None:
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    preparation, packer = Preparation(), Packer(block_tokens)
    for number in count():
        if stop.is_set():
            return
        for encoder, found in preparation.windows(texts[number % len(texts)]).items():
            for block in packer.add(encoder, found):
                blocks.put(block)
