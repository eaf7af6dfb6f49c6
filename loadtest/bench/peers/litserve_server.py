"""LitServe: batching, and a worker for each core as its documentation advises for CPUs.

python -m loadtest.bench.peers.litserve_server PORT [noop]
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

import litserve

from loadtest.bench.peers.analyzers import load

#: The documentation's own examples take 8 to 16, and wait 10 to 50 ms for a batch to fill.
_MAX_BATCH = 16
_BATCH_TIMEOUT_S = 0.01
_REQUEST_TIMEOUT_S = 600


class LitAnalyses(litserve.LitAPI):
    """All analyses of a batch of posts."""

    def setup(self, device: str) -> None:
        """Load the models; once in each worker."""
        self._analyze = load()

    def decode_request(self, request: dict[str, Any]) -> str:
        """The text of one request."""
        text: str = request["text"]
        return text

    def batch(self, inputs: Sequence[str]) -> list[str]:
        """As LitServe's own, which would make an array of them where it can."""
        return list(inputs)

    def predict(self, texts: list[str]) -> list[dict[str, Any]]:
        """The answers to a batch."""
        return self._analyze(texts)

    def unbatch(self, output: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The answers one by one."""
        return output

    def encode_response(self, output: dict[str, Any]) -> dict[str, Any]:
        """One answer."""
        return output


class LitNoop(litserve.LitAPI):
    """Answers at once, whatever is asked."""

    def setup(self, device: str) -> None:
        """There is nothing to load."""

    def predict(self, request: dict[str, Any]) -> dict[str, str]:
        """Always the same."""
        return {"status": "ok"}


def serve(port: int, *, noop: bool) -> None:
    """Serve until a signal comes."""
    batching = {"max_batch_size": _MAX_BATCH, "batch_timeout": _BATCH_TIMEOUT_S}
    api = LitNoop() if noop else LitAnalyses(**batching)
    server = litserve.LitServer(
        api,
        accelerator="cpu",
        workers_per_device=os.cpu_count() or 1,
        timeout=_REQUEST_TIMEOUT_S,
        fast_queue=noop,  # "enable for more than 100 requests per second"
    )
    server.run(host="127.0.0.1", port=port, log_level="warning", generate_client_file=False)


if __name__ == "__main__":
    serve(int(sys.argv[1]), noop="noop" in sys.argv[2:])
