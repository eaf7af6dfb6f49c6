"""The figures that the arithmetic of docs/scale.md starts from, and where each comes from.

Measured ones are read from the JSON files in ``loadtest/results``, where these are there; what
nobody has measured yet is a default, and says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import orjson

from deployments.results import ANALYSES


def _input(default: float, meaning: str) -> Any:
    return field(default=default, metadata={"meaning": meaning})


@dataclass(frozen=True, slots=True)
class Inputs:
    """Named figures; times are of one core, rates of one process or server."""

    # How it is used.
    peak_factor: float = _input(3.0, "busiest second over the day's mean")
    hit_share: float = _input(0.2, "posts answered from a cache, 0 to 1")
    use: float = _input(0.6, "share of a core, card or server that is planned to be busy")
    cache_days: float = _input(
        7.0, "how long Redis keeps a record (from `cache.redis_ttl_s` on, by its use)"
    )
    retention_days: float = _input(30.0, "how long Postgres keeps a post's rows")
    # On the CPU, a Xeon with AMX; and the card.
    encoder_ms: float = _input(10.4, "CPU ms of the encoder for a post (one core, bf16)")
    sentiment_ms: float = _input(0.5, "CPU ms for a post that was read: heads, rules")
    tone_ms: float = _input(0.9, "likewise")
    keywords_ms: float = _input(2.0, "likewise")
    entities_ms: float = _input(1.6, "likewise")
    readability_ms: float = _input(0.4, "CPU ms for a post; it needs no reading")
    gpu_posts_per_s: float = _input(
        5_000.0, "read on one card; nobody has measured it yet, the goal is 20,000"
    )
    # The driver.
    driver_hits_per_s: float = _input(5_000.0, "cached answers of one driver replica")
    driver_misses_per_s: float = _input(300.0, "analysed answers of one driver replica")
    # Redis.
    redis_bytes: float = _input(2_600.0, "a cached post, with Redis' own overhead")
    redis_ops_per_s: float = _input(80_000.0, "one Redis process, a core")
    redis_gib: float = _input(64.0, "memory of a Redis node to plan with")
    # Postgres.
    postgres_rows: float = _input(6.0, "rows for a post: a text and five sections")
    postgres_rows_per_s: float = _input(15_000.0, "write-behind into one server, commits synced")
    postgres_bytes: float = _input(11_000.0, "rows and indexes of a post")
    # On the network.
    request_bytes: float = _input(1_200.0, "a request with its headers")
    answer_bytes: float = _input(6_000.0, "an answer with its headers")


@dataclass(frozen=True, slots=True)
class SourcedInputs:
    """The inputs, and where each that is no default comes from."""

    inputs: Inputs
    sources: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path, overrides: Mapping[str, float]) -> "SourcedInputs":
        """From the measured files in a folder, under what was set by hand.

        Raises:
            ValueError: a name is none of the inputs.
        """
        values: dict[str, float] = {}
        sources: dict[str, str] = {}
        for source, figures in [*_measured(folder), ("given", overrides)]:
            if unknown := figures.keys() - {f.name for f in fields(Inputs)}:
                raise ValueError(f"{source}: no such inputs: {', '.join(sorted(unknown))}")
            values |= figures
            sources |= dict.fromkeys(figures, source)
        return cls(replace(Inputs(), **values), sources)


def _measured(folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    for name, pick in _PICKS.items():
        if (path := folder / name).is_file():
            yield name, pick(orjson.loads(path.read_bytes()))


def _of_scale(content: dict[str, Any]) -> dict[str, float]:
    alone = content["driver_alone"]
    return {"driver_misses_per_s": alone["outcome"]["posts_per_s"] / alone["drivers"]}


def _of_storage(content: dict[str, Any]) -> dict[str, float]:
    return {n: content[n] for n in ("redis_bytes", "postgres_bytes", "postgres_rows_per_s")}


def _of_gpu(content: dict[str, Any]) -> dict[str, float]:
    host = content.get("host_ms", {})
    figures = {f"{name}_ms": host[name] for name in ANALYSES if name in host}
    if content["device"]["kind"] == "cuda":
        figures["gpu_posts_per_s"] = content["device"]["posts_per_s"]
    return figures


def _of_results(content: dict[str, Any]) -> dict[str, float]:
    figures: dict[str, float] = content.get("capacity", {})
    return figures


_PICKS: dict[str, Callable[[dict[str, Any]], dict[str, float]]] = {
    "gpu.json": _of_gpu,
    "scale.json": _of_scale,
    "storage.json": _of_storage,
    "results.json": _of_results,
}
