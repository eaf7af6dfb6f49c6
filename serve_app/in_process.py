"""The analyses in this process: no Ray, no server, no cache.

The steps that a service spreads over its deployments: read documents once, analyse them, encode
the sections, keep them as a record. :class:`LocalAnalyses` puts them together and gives the very
answers that the service gives for the same posts; only ``cache`` is always ``miss``. Loading the
models takes seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import orjson

from deployments.analyzer import AnyAnalyzer, analyze_batch
from deployments.cores import usable_cores
from deployments.encoder.encoder import Encoder
from deployments.encoder.reader import read_all
from deployments.reading.reading import Reading
from deployments.reading.reading_text import reading_input
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES, Section
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection, encode
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.request.post import PostRequest, parse_post
from serve_app.response.render import render

#: Posts that one thread takes at a time: enough for the encoder, yet all threads end at about the
#: same moment.
_CHUNK_POSTS = 32


class LoadedAnalyses:
    """Analyzers, and the encoder that reads for them.

    Attributes:
        analyzers: by name.
    """

    def __init__(
        self,
        names: Iterable[str] = ANALYSES,
        configs: AnalysisConfigs | None = None,
        *,
        threads: int | None = None,
    ) -> None:
        """Load them, and the encoder if any of them needs it.

        Args:
            names: which of :data:`ANALYSES`.
            configs: how each is computed; by default as in a service without settings.
            threads: of the encoder, where its configuration asks for no number of its own.

        Raises:
            UnknownAnalysis: a name is none of these.
            ModelMissing, ModelMismatch: weights are not there, or not the released ones.
        """
        configs = configs or AnalysisConfigs()
        self.analyzers = {name: load(name, configs) for name in names}
        self._readers = frozenset(configs.readers(self.analyzers))
        config = configs.encoder
        config = config if config.threads else config.model_copy(update={"threads": threads})
        self._encoder = Encoder(config) if self._readers else None

    def read(self, documents: Sequence[Document]) -> list[Reading | None]:
        """The reading of each document; None where none is needed, or it breaks the encoder."""
        if self._encoder is None:
            return [None] * len(documents)
        return read_all(self._encoder, [reading_input(document) for document in documents])

    def sections(
        self, name: str, documents: Sequence[Document], readings: Sequence[Reading | None]
    ) -> list[Section[Any]]:
        """The sections of one analysis for documents that were read, in order."""
        own_readings = readings if name in self._readers else None
        return analyze_batch(self.analyzers[name], documents, own_readings)

    def analyze(self, documents: Sequence[Document]) -> list[dict[str, Section[Any]]]:
        """The sections of each document by analysis, in order; the texts are read once."""
        readings = self.read(documents)
        columns = {name: self.sections(name, documents, readings) for name in self.analyzers}
        return [
            {name: column[index] for name, column in columns.items()}
            for index in range(len(documents))
        ]


def encode_sections(sections: Mapping[str, Section[Any]]) -> dict[str, EncodedSection]:
    """Each section as it travels and is cached."""
    return {name: encode(section) for name, section in sections.items()}


def record_of(document: Document, sections: Mapping[str, EncodedSection]) -> AnalysisRecord:
    """What the caches and the store keep of an analysed document."""
    return AnalysisRecord(digest(document.text), preamble(document), sections)


class LocalAnalyses:
    """The analyzers of these names, loaded once, side by side on all cores."""

    def __init__(
        self,
        names: Sequence[str] = ANALYSES,
        configs: AnalysisConfigs | None = None,
        *,
        cores: int | None = None,
    ) -> None:
        """Load them.

        Args:
            names: which of :data:`ANALYSES`.
            configs: how each is computed; by default as in a service without settings.
            cores: that are used; by default all that this process may use.

        Raises:
            As :class:`LoadedAnalyses`.
        """
        # A chunk of texts on each core is faster than each chunk on all of them.
        self._analyses = LoadedAnalyses(names, configs, threads=1)
        self._pool = ThreadPoolExecutor(cores or usable_cores(), thread_name_prefix="analysis")

    @property
    def versions(self) -> dict[str, str]:
        """The version of each analysis, by name; see :class:`deployments.results.Model`."""
        return _versions(self._analyses.analyzers)

    def items(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The texts' items as in ``POST /v1/analyze/batch``; a refused one has its problem."""
        return [
            {"status": "error", "error": answer.as_dict(None)}
            if isinstance(answer, Problem)
            else {"status": "ok", "result": orjson.loads(answer)}
            for answer in self.answers(texts)
        ]

    def answers(self, texts: Sequence[object]) -> list[bytes | Problem]:
        """The JSON answer to each text, in order, or what is wrong with what should be one."""
        posts = list(map(_parse, texts))
        answers = iter(self.analyze([post for post in posts if isinstance(post, PostRequest)]))
        return [next(answers) if isinstance(post, PostRequest) else post for post in posts]

    def analyze(self, posts: Sequence[PostRequest]) -> list[bytes]:
        """The JSON answer to each post, in order; every loaded analysis is in it."""
        records = self.records([post.text for post in posts])
        return [
            render(post, record.digest, record.preamble, record.sections, "miss")
            for post, record in zip(posts, records, strict=True)
        ]

    def records(self, texts: Sequence[str]) -> list[AnalysisRecord]:
        """The record of each text, in order."""
        starts = range(0, len(texts), _CHUNK_POSTS)
        chunks = [texts[start : start + _CHUNK_POSTS] for start in starts]
        return list(chain.from_iterable(self._pool.map(self._chunk, chunks)))

    def _chunk(self, texts: Sequence[str]) -> list[AnalysisRecord]:
        documents = list(map(Document.read, texts))
        sections = map(encode_sections, self._analyses.analyze(documents))
        return [record_of(*each) for each in zip(documents, sections, strict=True)]


def model_versions(names: Iterable[str], configs: AnalysisConfigs | None = None) -> dict[str, str]:
    """The version of each analysis, by name, without the encoder being loaded.

    Raises:
        As :class:`LoadedAnalyses`.
    """
    configs = configs or AnalysisConfigs()
    return _versions({name: load(name, configs) for name in names})


def _versions(analyzers: Mapping[str, AnyAnalyzer]) -> dict[str, str]:
    return {name: analyzer.model.digest for name, analyzer in analyzers.items()}


def _parse(text: object) -> PostRequest | Problem:
    try:
        return parse_post({"text": text})
    except InvalidRequest as error:
        return error.problem
