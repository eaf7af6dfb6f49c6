"""Trains the dictionary with which the cache compresses records.

    python -m training.record_dictionary

To be run again when an analysis got another model or another field: the old dictionary
goes on working, it only saves less. Learns from the analyses of the sample posts alone,
which come along anyway: a dictionary holds pieces of what it was trained on.
"""

from dataclasses import replace
from pathlib import Path

import zstandard

from deployments.analyzer import analyze_batch
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection, encode
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.cache import codec
from serve_app.samples import sample_posts

#: Larger ones save nothing more: two, four and fourteen times of it on posts of companies.
_SIZE_BYTES = 8 * 1024
PATH = Path(codec.__file__).with_name("records.zdict")


def sample_records() -> list[AnalysisRecord]:
    """The records of the sample posts by today's models; takes some seconds."""
    documents = [Document.read(post.text) for post in sample_posts()]
    columns = {name: _sections(name, documents) for name in ANALYSES}
    return [
        AnalysisRecord(
            digest(document.text),
            preamble(document),
            {name: column[index] for name, column in columns.items()},
        )
        for index, document in enumerate(documents)
    ]


def _sections(name: str, documents: list[Document]) -> list[EncodedSection]:
    analyzer = load(name, getattr(AnalysisConfigs(), name))
    # The time taken is the one thing in a section that differs from run to run.
    return [encode(replace(section, took_ms=1.0)) for section in analyze_batch(analyzer, documents)]


def train(records: list[AnalysisRecord]) -> bytes:
    """A dictionary of what the records share."""
    packed: list[bytes | bytearray | memoryview] = [record.to_bytes() for record in records]
    return zstandard.train_dictionary(_SIZE_BYTES, packed, level=codec.LEVEL).as_bytes()


def main() -> None:
    """Write the dictionary where the cache reads it."""
    content = train(sample_records())
    PATH.write_bytes(content)
    print(f"{PATH.name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
