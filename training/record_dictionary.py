"""Trains the dictionary with which the cache compresses records.

    python -m training.record_dictionary

To be run again when an analysis got another model or another field: the old dictionary
goes on working, it only saves less. Learns from the analyses of the sample posts alone,
which come along anyway: a dictionary holds pieces of what it was trained on.
"""

from dataclasses import replace
from pathlib import Path

import zstandard

from deployments.text.document import Document
from serve_app.analysis_record import AnalysisRecord
from serve_app.cache import codec
from serve_app.in_process import LoadedAnalyses, encode_sections, record_of
from serve_app.samples import sample_posts

#: Larger ones save nothing more: two, four and fourteen times of it on posts of companies.
_SIZE_BYTES = 8 * 1024
PATH = Path(codec.__file__).with_name("records.zdict")


def sample_records() -> list[AnalysisRecord]:
    """The records of the sample posts by today's models; takes some seconds."""
    documents = [Document.read(post.text) for post in sample_posts()]
    analyzed = LoadedAnalyses().analyze(documents)
    # The time taken is the one thing in a section that differs from run to run.
    timeless = (
        {name: replace(section, took_ms=1.0) for name, section in sections.items()}
        for sections in analyzed
    )
    return [
        record_of(document, encode_sections(sections))
        for document, sections in zip(documents, timeless, strict=True)
    ]


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
