"""Analyses whose encoder is in another process answer alike, and load no tensor library."""

import pickle
import subprocess
import sys
from typing import Any

import pytest

from deployments.encoder.encoder import Encoder
from deployments.encoder.passes import EncoderPass, RemoteEncoder, SharedEncoders
from deployments.registry import load
from deployments.text.document import Document
from tests.services.loaded_analyzers import analyzer_config, loaded_analyzer

TEXTS = (
    "Thrilled that Maria Lopez joins Microsoft in Berlin on 3 March! 🎉 But the lease ran out.",
    "The payment platform is calmer than ever. " * 60,
    "",
)
HEAVY = {"torch", "transformers", "tokenizers"}
LOAD_ALL = f"""
import sys
import deployments.graph, serve_app.app
from deployments.encoder.passes import RemoteEncoder
from deployments.registry import AnalysisConfigs, load
from deployments.results import ANALYSES

configs = AnalysisConfigs()
for name in ANALYSES:
    load(name, getattr(configs, name), lambda config: RemoteEncoder(config, print))
print(sorted({HEAVY} & set(sys.modules)))
"""


@pytest.mark.parametrize("analysis", ["sentiment", "tone", "keywords", "entities"])
def test_answers_are_the_same(analysis: str) -> None:
    config = analyzer_config(analysis)
    encoder = SharedEncoders(Encoder).of(config.encoder)

    def send(request: EncoderPass) -> list[Any]:
        arrived: EncoderPass = pickle.loads(pickle.dumps(request))
        results: list[Any] = pickle.loads(pickle.dumps(arrived.run(encoder)))
        return results

    remote = load(analysis, config, lambda each: RemoteEncoder(each, send))
    near = loaded_analyzer(analysis)
    documents = [Document.read(text) for text in TEXTS]
    assert remote.model == near.model
    assert remote.analyze(documents) == near.analyze(documents)


def test_no_analysis_loads_a_tensor_library() -> None:
    ended = subprocess.run([sys.executable, "-c", LOAD_ALL], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.strip() == "[]"
