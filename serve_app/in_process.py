"""The analyses in this process: no Ray, no server, no cache.

The steps that a service spreads over its deployments, one function each: load the analyzers,
analyse documents, encode the sections, keep them as a record. :class:`LocalAnalyses` puts
them together and gives the very answers that the service gives for the same posts; only
``cache`` is always ``miss``. Loading the models takes seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import Any

import orjson

from deployments.analyzer import Analyzer, analyze_batch
from deployments.config import Config
from deployments.cores import usable_cores
from deployments.encoder.config import EncoderConfig
from deployments.encoder.encoder import Encoder
from deployments.encoder.passes import SharedEncoders
from deployments.encoder.text_encoder import EncoderSource
from deployments.registry import AnalysisConfigs, encoder_config, load
from deployments.results import ANALYSES, Section
from deployments.text.document import Document, digest
from deployments.wire import EncodedSection, encode
from serve_app.analysis_record import AnalysisRecord, preamble
from serve_app.errors import InvalidRequest
from serve_app.problems import Problem
from serve_app.request.post import PostRequest, parse_post
from serve_app.response.render import render

#: Posts that one thread takes at a time: many batches for the encoder, yet all threads end
#: at about the same moment.
_CHUNK_POSTS = 32


def load_analyzers(
    names: Iterable[str] = ANALYSES,
    configs: AnalysisConfigs | None = None,
    *,
    threads: int | None = None,
    encoder_of: EncoderSource = Encoder,
) -> dict[str, Analyzer[Any]]:
    """The analyzers by name, each with its model loaded.

    Args:
        names: which of :data:`ANALYSES`.
        configs: how each is computed; by default as in a service without settings.
        threads: of each encoder, where its configuration asks for no number of its own.
        encoder_of: gives the encoder of a configuration; by default one for each analyzer.

    Raises:
        UnknownAnalysis: a name is none of these.
        ModelMissing, ModelMismatch: weights are not there, or not the released ones.
    """
    configs = configs or AnalysisConfigs()
    return {
        name: load(name, _with_threads(getattr(configs, name), threads), encoder_of)
        for name in names
    }


def analyze_documents(
    analyzers: Mapping[str, Analyzer[Any]], documents: Sequence[Document]
) -> list[dict[str, Section[Any]]]:
    """The sections of each document by analysis, in order; one analyzer after the other."""
    columns = {name: analyze_batch(analyzer, documents) for name, analyzer in analyzers.items()}
    return [
        {name: column[index] for name, column in columns.items()} for index in range(len(documents))
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
        self, names: Sequence[str] = ANALYSES, configs: AnalysisConfigs | None = None
    ) -> None:
        cores = usable_cores()
        # An analysis for each core is faster than all cores for each analysis in turn.
        threads = max(1, cores // len(names))
        encoders = SharedEncoders(Encoder)
        self._analyzers = load_analyzers(names, configs, threads=threads, encoder_of=encoders.of)
        self._groups = _by_encoder(names, configs or AnalysisConfigs())
        self._pool = ThreadPoolExecutor(cores, thread_name_prefix="analysis")

    def items(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """The texts' items as in ``POST /v1/analyze/batch``; a refused one has its problem."""
        posts = [_parse(text) for text in texts]
        answers = iter(self.analyze([post for post in posts if isinstance(post, PostRequest)]))
        return [
            {"status": "ok", "result": orjson.loads(next(answers))}
            if isinstance(post, PostRequest)
            else {"status": "error", "error": post.as_dict(None)}
            for post in posts
        ]

    def analyze(self, posts: Sequence[PostRequest]) -> list[bytes]:
        """The JSON answer to each post, in order; every loaded analysis is in it."""
        records = self.records([Document.read(post.text) for post in posts])
        return [
            render(post, record.digest, record.preamble, record.sections, "miss")
            for post, record in zip(posts, records, strict=True)
        ]

    def records(self, documents: Sequence[Document]) -> list[AnalysisRecord]:
        """The record of each document, in order."""
        futures = [self._submit(group, documents) for group in self._groups]
        columns = [chain.from_iterable(f.result() for f in column) for column in futures]
        return [
            record_of(document, {name: s for one in sections for name, s in one.items()})
            for document, *sections in zip(documents, *columns, strict=True)
        ]

    def _submit(
        self, group: Sequence[str], documents: Sequence[Document]
    ) -> list[Future[list[dict[str, EncodedSection]]]]:
        starts = range(0, len(documents), _CHUNK_POSTS)
        chunks = (documents[start : start + _CHUNK_POSTS] for start in starts)
        return [self._pool.submit(self._sections, group, chunk) for chunk in chunks]

    def _sections(
        self, group: Sequence[str], documents: Sequence[Document]
    ) -> list[dict[str, EncodedSection]]:
        analyzers = {name: self._analyzers[name] for name in group}
        return [encode_sections(sections) for sections in analyze_documents(analyzers, documents)]


def _by_encoder(names: Sequence[str], configs: AnalysisConfigs) -> list[list[str]]:
    """Those that read from one encoder together: the second finds the passes of the first."""
    groups: dict[EncoderConfig | str, list[str]] = {}
    for name in names:
        groups.setdefault(encoder_config(getattr(configs, name)) or name, []).append(name)
    return list(groups.values())


def _with_threads(config: Any, threads: int | None) -> Config:
    """The analysis' configuration, its encoder on so many threads where nothing else is asked."""
    encoder = getattr(config, "encoder", None)
    if threads is None or encoder is None or encoder.threads:
        unchanged: Config = config
        return unchanged
    limited: Config = config.model_copy(
        update={"encoder": encoder.model_copy(update={"threads": threads})}
    )
    return limited


def _parse(text: str) -> PostRequest | Problem:
    try:
        return parse_post({"text": text})
    except InvalidRequest as error:
        return error.problem
