"""The arithmetic of docs/scale.md."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from loadtest.capacity.__main__ import PAGE, ShippedCapacity, limits, need, tables, with_tables
from loadtest.capacity.inputs import Inputs, SourcedInputs
from loadtest.paths import RESULTS

PLAIN = Inputs(
    peak_factor=2, hit_share=0.5, use=1, encoder_ms=30, tone_ms=2, gpu_posts_per_s=100,
    driver_hits_per_s=1_000, driver_misses_per_s=100, cache_days=1, redis_bytes=2**30 / 1e6,
    postgres_rows=6, postgres_rows_per_s=600, retention_days=2, postgres_bytes=2**30 / 1e6,
)  # fmt: skip


def test_every_need_follows_from_the_inputs() -> None:
    needs = need(86_400 * 100, PLAIN)
    assert needs.peak_posts_per_s == pytest.approx(200)
    assert needs.analysed_per_s == pytest.approx(100)
    assert needs.encoder_cores == pytest.approx(3)
    assert needs.cores_by_analysis["tone"] == pytest.approx(0.2)
    assert needs.gpus == pytest.approx(1)
    assert needs.drivers == pytest.approx(100 / 1_000 + 100 / 100)
    assert needs.redis_gib == pytest.approx(8.64 / 2)
    assert needs.rows_per_s == pytest.approx(600)
    assert needs.postgres_writers == pytest.approx(1)
    assert needs.postgres_gib == pytest.approx(8.64)


def test_what_is_planned_to_be_half_busy_is_needed_twice() -> None:
    whole, half = need(1e8, PLAIN), need(1e8, replace(PLAIN, use=0.5))
    assert half.gpus == pytest.approx(2 * whole.gpus)
    assert half.rows_per_s == whole.rows_per_s


def test_a_limit_is_the_size_whose_need_is_what_there_is() -> None:
    found = {limit.part: limit for limit in limits(PLAIN, ShippedCapacity(gpus=3))}
    assert need(found["cards"].posts_per_day, PLAIN).gpus == pytest.approx(3)
    sizes = [limit.posts_per_day for limit in limits(PLAIN)]
    assert sizes == sorted(sizes)


def test_measured_figures_replace_defaults_and_given_ones_both(tmp_path: Path) -> None:
    storage = {"redis_bytes": 1, "postgres_bytes": 2, "postgres_rows_per_s": 3}
    (tmp_path / "storage.json").write_text(json.dumps(storage))
    (tmp_path / "results.json").write_text(json.dumps({"capacity": {"tone_ms": 4}}))
    found = SourcedInputs.read(tmp_path, {"redis_bytes": 5})
    assert (found.inputs.redis_bytes, found.inputs.postgres_bytes, found.inputs.tone_ms) == (
        5,
        2,
        4,
    )
    assert found.sources["redis_bytes"] == "given"
    assert found.sources["postgres_bytes"] == "storage.json"
    assert "sentiment_ms" not in found.sources


def test_a_gpu_is_counted_only_where_one_was_measured(tmp_path: Path) -> None:
    host = {"read": 1, "tone": 2, "readability": 3}
    device = {"kind": "cpu", "posts_per_s": 7}
    for kind, expected in (("cpu", Inputs().gpu_posts_per_s), ("cuda", 7)):
        content = {"host_ms": host, "device": {**device, "kind": kind}}
        (tmp_path / "gpu.json").write_text(json.dumps(content))
        found = SourcedInputs.read(tmp_path, {}).inputs
        assert found.gpu_posts_per_s == expected
        assert (found.tone_ms, found.readability_ms) == (2, 3)


def test_an_unknown_figure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tone_s"):
        SourcedInputs.read(tmp_path, {"tone_s": 1})


def test_the_page_has_the_tables_of_today() -> None:
    page = PAGE.read_text()
    assert with_tables(page, tables(SourcedInputs.read(RESULTS, {}))) == page, (
        "python -m loadtest.capacity --write"
    )


def test_the_formulas_speak_of_inputs_that_there_are() -> None:
    [formulas] = re.findall(r"## Formulas\n\n```\n(.*?)```", PAGE.read_text(), re.S)
    named = set(re.findall(r"[a-z]+(?:_[a-z]+)+", formulas))
    assert named
    assert named <= set(Inputs.__dataclass_fields__)
