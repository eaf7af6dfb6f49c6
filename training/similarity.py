"""Fit the projection by which similar texts are found, and write it beside the head of keywords.

    python -m training.similarity

The mean hidden states of all texts point to one side, and four fifths of their variance is in
16 directions, of mood and kind of text rather than of its subject. So their mean is taken away,
and each of the first principal directions counts as much as any other (whitening; Su et al. 2021).
Learns from the posts that are committed here and needs no labels. Takes three minutes on one core.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from deployments.encoder.arrays import Vectors
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.heads import Head, Heads
from deployments.encoder.identity import EncoderIdentity
from deployments.keywords.embedding import DIMENSIONS, HEAD, mean_state
from deployments.languages.loading import LANGUAGES
from deployments.reading.reading_text import reading_input
from deployments.text.document import Document
from deployments.weights.released import KEYWORDS_HEAD, locate, sha256_of
from training.datasets.entity_sets import parse_marks
from training.datasets.folders import CARRIED
from training.datasets.json_lines import read_json_lines
from training.datasets.posts_by_language import languages, read_language
from training.datasets.written_posts import FIRST, LATER, read_posts
from training.fitting.head_file import save_heads

_MARKED = ("names/company_posts", "names/company_snippets", "names/mixed")
_SENTENCES = ("business/posts", "business/news", "business_later/claims")
_CHUNK = 32


def texts() -> Iterator[Document]:
    """The committed posts and sentences, of all languages those for training."""
    for file in (FIRST, LATER):
        yield from (post.document for post in read_posts(file))
    for language in languages():
        yield from (post.document for post in read_language(language, split="train"))
    for file in _MARKED:
        for row in read_json_lines(CARRIED / f"{file}.jsonl"):
            yield Document.read(parse_marks(row["marked"])[0])
    for file in _SENTENCES:
        yield from (Document.read(r["text"]) for r in read_json_lines(CARRIED / f"{file}.jsonl"))


def mean_states(encoder: Encoder, documents: Sequence[Document]) -> Vectors:
    """One row for each text that has a token, (n, hidden size)."""
    rows: list[Vectors] = []
    for start in range(0, len(documents), _CHUNK):
        chunk = [each.in_languages(LANGUAGES) for each in documents[start : start + _CHUNK]]
        readings = encoder.read([reading_input(document) for document in chunk])
        rows += [mean_state(reading) for reading in readings if len(reading)]
        print(f"  read {start + len(chunk)} of {len(documents)}", flush=True)
    return np.stack(rows)


def whitening(vectors: Vectors, dimensions: int) -> Head:
    """Vectors less their mean, in their principal directions, each of variance 1.

    Args:
        vectors: (n, n_in) with n > dimensions.
        dimensions: how many directions.
    """
    mean = vectors.mean(axis=0)
    _, deviations, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    scales = np.sqrt(len(vectors)) / deviations[:dimensions]
    weight = (directions[:dimensions] * scales[:, None]).astype(np.float32)
    # What is stored is in half precision; the mean is to be taken away exactly.
    weight = weight.astype(np.float16).astype(np.float32)
    names = tuple(str(number) for number in range(dimensions))
    return Head(names, ((weight, -weight @ mean),))


def main() -> None:
    """Fit and write."""
    encoder = Encoder(EncoderConfig())
    head = whitening(mean_states(encoder, list(texts())), DIMENSIONS)
    kept = dict(Heads.load(KEYWORDS_HEAD, EncoderIdentity.of(EncoderConfig())).by_name)
    path = save_heads(locate(KEYWORDS_HEAD), {**kept, HEAD: head}, encoder.weights_sha256)
    print(f"{path}: SHA-256 {sha256_of(path)}")


if __name__ == "__main__":
    main()
