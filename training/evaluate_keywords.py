"""Measure the keywords beside stock KeyBERT and YAKE.

    python -m training.evaluate_keywords [--data DIR] [--limit N] [--rivals N]

Prints F1@10 and F1@5 (micro, stemmed exact match) and texts per CPU-second on Inspec
validation (uncontrolled keys) and on the second half of the Stack Exchange sample; then the
same for keybert (1-3 grams, MMR 0.5) and yake on the first ``--rivals`` texts of Inspec.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deployments.encoder import EncoderConfig
from deployments.keywords import KeywordsAnalyzer, KeywordsConfig
from deployments.text import Document
from training.keyphrases import DATA, HALF, Example, f1, inspec, stackexchange

Extract = Callable[[Sequence[Document]], list[list[str]]]

_CHUNK = 50


def ours(config: KeywordsConfig) -> Extract:
    """An analyzer of this project, as texts to surfaces."""
    analyzer = KeywordsAnalyzer(config)
    return lambda documents: [[k.text for k in r.items] for r in analyzer.analyze(documents)]


def stock_keybert(*, use_mmr: bool) -> Extract:
    """keybert as its README uses it, over sentence-transformers and the same weights."""
    from keybert import KeyBERT
    from sentence_transformers import SentenceTransformer

    from deployments import weights

    model = KeyBERT(SentenceTransformer(str(weights.locate(weights.MINILM)), device="cpu"))

    def extract(documents: Sequence[Document]) -> list[list[str]]:
        return [
            [
                phrase
                for phrase, _ in model.extract_keywords(
                    d.text,
                    keyphrase_ngram_range=(1, 3),
                    stop_words="english",
                    use_mmr=use_mmr,
                    diversity=0.5,
                    top_n=10,
                )
            ]
            for d in documents
        ]

    return extract


def yake() -> Extract:
    """yake with its defaults (1-3 grams)."""
    from yake import KeywordExtractor

    model = KeywordExtractor(lan="en", n=3, top=10)
    return lambda documents: [[p for p, _ in model.extract_keywords(d.text)] for d in documents]


def speed(extract: Extract, data: Path) -> None:
    """Print how many real posts are read in a second of CPU time, if the posts are there."""
    path = data / "company_posts" / "posts.jsonl"
    if not path.is_file():
        return
    lines = path.read_text(encoding="utf-8").splitlines()
    posts = [Example(Document.read(json.loads(line)["text"]), frozenset()) for line in lines]
    started = time.process_time()
    _extracted(extract, posts)
    rate = len(posts) / (time.process_time() - started)
    print(f"company posts: {len(posts)}, {rate:.1f} posts per CPU-second", flush=True)


def _extracted(extract: Extract, examples: list[Example]) -> list[list[str]]:
    found: list[list[str]] = []
    for start in range(0, len(examples), _CHUNK):
        found += extract([e.document for e in examples[start : start + _CHUNK]])
    return found


def report(name: str, extract: Extract, examples: list[Example]) -> None:
    """Print one line."""
    started = time.process_time()
    found = _extracted(extract, examples)
    rate = len(examples) / (time.process_time() - started)
    ten, five = f1(examples, found, 10), f1(examples, found, 5)
    print(f"{name:44}{ten:8.3f}{five:8.3f}{rate:10.1f}", flush=True)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--limit", type=int, help="texts of each set")
    parser.add_argument("--rivals", type=int, default=100, help="texts for keybert and yake")
    options = parser.parse_args()
    abstracts = inspec(options.data, "validation")[: options.limit]
    questions = stackexchange(options.data)[HALF:][: options.limit]
    sample = abstracts[: options.rivals]
    config = KeywordsConfig(encoder=EncoderConfig(threads=1))
    print(f"{'':44}{'F1@10':>8}{'F1@5':>8}{'texts/s':>10}")
    analyzer = ours(config)
    report(f"ours, Inspec validation ({len(abstracts)})", analyzer, abstracts)
    report(f"ours, Stack Exchange ({len(questions)})", analyzer, questions)
    report(f"ours, Inspec ({len(sample)})", analyzer, sample)
    speed(analyzer, options.data)
    keybert = ours(config.model_copy(update={"backend": "keybert"}))
    report(f"backend keybert, Inspec ({len(sample)})", keybert, sample)
    report(f"stock KeyBERT, Inspec ({len(sample)})", stock_keybert(use_mmr=True), sample)
    report(f"  without MMR, Inspec ({len(sample)})", stock_keybert(use_mmr=False), sample)
    report(f"YAKE, Inspec ({len(sample)})", yake(), sample)


if __name__ == "__main__":
    main()
