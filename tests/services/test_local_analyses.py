"""The analyses in one process: a text is read once, and answered as by each analysis for itself."""

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from deployments.encoder.encoder import Encoder
from deployments.reading.reading import Reading, ReadingInput
from deployments.registry import AnalysisConfigs
from deployments.results import ANALYSES, Section, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode
from serve_app.in_process import LocalAnalyses
from serve_app.request.post import parse_post
from tests.services.loaded_analyzers import EXACT_ENCODER, loaded_analyzer

CONFIGS = AnalysisConfigs(encoder=EXACT_ENCODER)
TEXTS = [f"Order number {n} of Acme Corp. left Porto. We are proud!" for n in range(40)]
HEAVY = {"torch", "transformers", "tokenizers", "sentencepiece"}


def test_every_text_is_read_once_for_all_analyses(monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    read = Encoder.read

    def counting(encoder: Encoder, inputs: Sequence[ReadingInput]) -> list[Reading]:
        batches.append(len(inputs))
        return read(encoder, inputs)

    monkeypatch.setattr(Encoder, "read", counting)
    local = LocalAnalyses(configs=CONFIGS)
    local.analyze([parse_post({"text": text}) for text in TEXTS])
    assert sorted(batches) == [8, 32]


def test_the_answers_are_those_of_analyzers_that_read_by_themselves() -> None:
    texts = [*TEXTS[:3], "", "🎉"]
    documents = list(map(Document.read, texts))
    records = LocalAnalyses(configs=CONFIGS).records(texts)
    for name in ANALYSES:
        results = loaded_analyzer(name).analyze(documents)
        for record, result in zip(records, results, strict=True):
            section = _content(record.sections[name])
            assert section.items() >= _content_of(result).items()


def test_a_text_that_breaks_the_encoder_costs_its_neighbours_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read = Encoder.read

    def fragile(encoder: Encoder, inputs: Sequence[ReadingInput]) -> list[Reading]:
        if any("Odd" in each.text for each in inputs):
            raise ValueError("no such token")
        return read(encoder, inputs)

    monkeypatch.setattr(Encoder, "read", fragile)
    local = LocalAnalyses(("sentiment", "readability"), CONFIGS)
    records = local.records(["We won.", "Odd.", "We lost."])
    statuses = [(r.sections["sentiment"].status, r.sections["readability"].status) for r in records]
    assert statuses == [("ok", "ok"), ("failed", "ok"), ("ok", "ok")]


def test_readability_alone_loads_no_encoder() -> None:
    load = (
        "import sys; from serve_app.in_process import LocalAnalyses; "
        "LocalAnalyses(['readability']).items(['We won.']); "
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    assert _output(load) == "[]"


def test_no_analysis_loads_a_tensor_library() -> None:
    load = (
        "import sys, deployments.graph, serve_app.app; "
        "from deployments.registry import AnalysisConfigs, load; "
        f"[load(name, AnalysisConfigs()) for name in {ANALYSES}]; "
        f"print(sorted({HEAVY} & set(sys.modules)))"
    )
    assert _output(load) == "[]"


def _output(code: str) -> str:
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.strip()


def _content(section: EncodedSection) -> dict[str, Any]:
    content: dict[str, Any] = orjson.loads(section.body)
    return content


def _content_of(result: Any) -> dict[str, Any]:
    section = encode(Section(Status.OK, None, 0.0, result))
    content = _content(section)
    for name in ("model", "took_ms", "languages"):
        del content[name]
    return content
