"""From measurements to rows, and from rows to the two files."""

import json
from collections import Counter
from pathlib import Path

import pytest

from loadtest.bench.agreement import differing
from loadtest.bench.goal_lines import LINES, BenchResults
from loadtest.bench.goals import Goal
from loadtest.bench.measurements import Measurements
from loadtest.bench.mixed_load import is_rate_held
from loadtest.bench.plan import FULL, QUICK
from loadtest.bench.report import number, table, write_json, write_page
from loadtest.generator.load_result import LoadResult
from loadtest.generator.posts import PostProfile

PROFILE = PostProfile({0.5: 573}, 0.5, 0.4, 0.3)


def results(measurements: Measurements) -> BenchResults:
    return BenchResults(measurements, FULL, {"fastapi-stock": 4})


def test_every_line_of_the_goals_has_rows_even_if_nothing_was_measured() -> None:
    found = [row for line in LINES for row in results(Measurements()).rows(line)]
    assert {row.line for row in found} == set(range(1, 13))
    assert all(row.value is None and row.met is None and row.note for row in found)


def test_a_value_is_the_median_of_the_rounds() -> None:
    measurements = Measurements()
    for own, stock in ((60, 2), (80, 2), (20, 2)):
        measurements.add("inprocess.own", own)
        measurements.add("inprocess.stock", stock)
    [row] = results(measurements).rows(1)
    assert row.value == 30
    assert row.runs == (30, 40, 10)
    assert row.met is True


def test_version_0_2_is_compared_round_by_round_and_its_own_value_told() -> None:
    measurements = Measurements()
    for ours, earlier in ((120, 40), (90, 45), (100, 40)):
        measurements.add("postlens.cold-64.per_s", ours)
        measurements.add("version-0.2.cold-64.per_s", earlier)
        measurements.add("postlens.pss_mb", 1_500)
        measurements.add("version-0.2.pss_mb", 2_500)
    rows = {row.name.partition(",")[0]: row for row in results(measurements).rows(12)}
    served = rows["served cold posts/s with 64 clients"]
    assert (served.value, served.met, served.note) == (2.5, True, "version 0.2: 40")
    memory = rows["all processes of the service (PSS)"]
    assert (memory.value, memory.met) == (0.6, True)
    assert rows["`postlens serve` to ready"].value is None


def test_a_peer_that_did_not_start_says_why_and_the_others_count() -> None:
    measurements = Measurements()
    measurements.absent["litserve-stock"] = "it ended with code 1: no such module"
    measurements.add("postlens.cold-best.per_s", 30)
    measurements.add("fastapi-stock.cold.per_s", 2)
    measurements.add("fastapi-stock.cold.p99_ms", 4_000)
    measurements.add("postlens.cold-4.p99_ms", 400)
    measured, latency, absent, *_ = results(measurements).rows(3)
    assert (measured.value, measured.met) == (15, True)
    assert (latency.value, latency.met) == (0.1, True)
    assert absent.value is None
    assert "no such module" in absent.note


@pytest.mark.parametrize(
    "goal, value, met",
    [(Goal(">=", 10), 10, True), (Goal("<", 3), 3, False), (Goal("<=", 0), 0, True)],
)
def test_goals(goal: Goal, value: float, met: bool) -> None:
    assert goal.met(value) is met


def mixed(*, answered_percent: float, p50_ms: float = 5, error_share: float = 0) -> Measurements:
    measurements = Measurements()
    for rate in (500, 1_000):
        measurements.add(f"postlens.mixed-{rate}.answered_percent", answered_percent)
        measurements.add(f"postlens.mixed-{rate}.p50_ms", p50_ms)
        measurements.add(f"postlens.mixed-{rate}.p95_ms", 3_364)
        measurements.add(f"postlens.mixed-{rate}.p99_ms", 7_758)
        measurements.add(f"postlens.mixed-{rate}.error_share", error_share)
    return measurements


def line_6(measurements: Measurements) -> dict[str, bool | None]:
    return {row.name: row.met for row in results(measurements).rows(6)}


def test_a_rate_is_met_only_where_99_of_100_requests_are_answered_in_time() -> None:
    met = line_6(mixed(answered_percent=99))
    assert met["1000/s, 95% hits: answered while requests arrived"] is True
    assert met["1000/s, 95% hits: p50"] is True
    met = line_6(mixed(answered_percent=61.7))
    assert met["1000/s, 95% hits: answered while requests arrived"] is False
    assert met["1000/s, 95% hits: p50"] is False, "fast, but for those alone that were answered"


def test_a_rate_whose_answers_in_time_were_not_counted_is_not_called_met() -> None:
    measurements = mixed(answered_percent=0)
    del measurements.figures["postlens.mixed-500.answered_percent"]
    assert line_6(measurements)["500/s, 95% hits: p50"] is None


def test_a_slow_rate_is_not_met_though_all_is_answered() -> None:
    assert line_6(mixed(answered_percent=100, p50_ms=50))["500/s, 95% hits: p50"] is False


def test_percentiles_of_a_rate_are_shown() -> None:
    shown = {row.name: row.value for row in results(mixed(answered_percent=99)).rows(6)}
    assert shown["500/s, 95% hits: p95"] == 3_364
    assert shown["500/s, 95% hits: p99"] == 7_758


def test_a_rate_is_held_only_without_errors_delay_and_late_answers() -> None:
    assert is_rate_held(LoadResult(10, (0.01,) * 5_000, in_time=4_950))
    assert not is_rate_held(LoadResult(10, (0.01,) * 5_000, in_time=4_949)), (
        "more than 1% came too late"
    )
    assert not is_rate_held(LoadResult(10, (0.06,) * 5_000, in_time=5_000))
    errors = Counter({"status 503": 6})
    assert not is_rate_held(LoadResult(10, (0.01,) * 5_000, in_time=5_000, errors=errors))


def test_the_quick_plan_measures_what_the_rows_need() -> None:
    assert set(QUICK.peer_clients) <= {*QUICK.clients, 64}
    assert set(FULL.peer_clients) <= {*FULL.clients, 64}


def test_answers_are_compared_by_what_they_say() -> None:
    one = {"took_ms": 1.0, "a": {"label": "x", "score": 0.5, "items": [1, 2]}}
    other = {"took_ms": 2.0, "a": {"label": "y", "score": 0.25, "items": [1]}}
    assert dict(differing(one, one)) == {}
    assert dict(differing(one, other)) == {".a.label": None, ".a.score": 0.25, ".a.items": None}


def test_the_files_have_every_row(tmp_path: Path) -> None:
    measurements = Measurements()
    measurements.add("postlens.start_s", 12.5)
    made = results(measurements).rows(10) + results(measurements).rows(1)
    write_json(tmp_path / "r.json", made, {"date": "today"}, quick=True)
    write_page(tmp_path / "r.md", made, {"date": "today"}, PROFILE, ["a load"], quick=True)
    content = json.loads((tmp_path / "r.json").read_text())
    assert [row["name"] for row in content["rows"]] == [row.name for row in made]
    assert {"name", "value", "unit", "goal", "met", "runs"} <= content["rows"][0].keys()
    assert content["rows"][0]["value"] == 12.5
    page = (tmp_path / "r.md").read_text()
    assert table(made) in page
    assert "random weights" in page
    assert "today" in page


@pytest.mark.parametrize(
    "value, shown",
    [(1234.5, "1,234"), (12.34, "12.3"), (0.5, "0.5"), (0.0012, "0.00120"), (0, "0")],
)
def test_numbers_are_short(value: float, shown: str) -> None:
    assert number(value) == shown
