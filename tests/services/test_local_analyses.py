"""The analyses in one process: they share what they read, and answer as each for itself."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from deployments.encoder.encoder import Encoder
from deployments.encoder.inputs import EncoderInput
from deployments.registry import AnalysisConfigs
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode
from serve_app.in_process import LocalAnalyses, analyze_documents, load_analyzers
from serve_app.request.post import parse_post
from tests.services.loaded_analyzers import EXACT_ENCODER

CONFIGS = AnalysisConfigs.model_validate(
    {name: {"encoder": EXACT_ENCODER} for name in ("sentiment", "tone", "keywords", "entities")}
)
TEXTS = [f"Order number {n} of Acme Corp. left Porto. We are proud!" for n in range(40)]


def test_sentiment_and_tone_take_one_pass_for_each_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []
    pool = Encoder.pool

    def counting(
        encoder: Encoder, inputs: Sequence[EncoderInput], *, layers: Sequence[int] = (-1,)
    ) -> list[object]:
        passes.append(len(inputs))
        return list(pool(encoder, inputs, layers=layers))

    monkeypatch.setattr(Encoder, "pool", counting)
    local = LocalAnalyses(("sentiment", "tone"), CONFIGS)
    local.analyze([parse_post({"text": text}) for text in TEXTS])
    assert sorted(passes) == [8, 32]


def test_the_answers_are_those_of_analyzers_of_their_own() -> None:
    documents = [Document.read(text) for text in TEXTS[:3]]
    records = LocalAnalyses(configs=CONFIGS).records(documents)
    apart = analyze_documents(load_analyzers(configs=CONFIGS), documents)
    for record, sections in zip(records, apart, strict=True):
        assert list(record.sections) == list(sections)
        for name, section in sections.items():
            assert _without_time(record.sections[name]) == _without_time(encode(section))


def _without_time(section: EncodedSection) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(section.body)
    del content["took_ms"]
    return content
