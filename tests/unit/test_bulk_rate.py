"""The benchmark of bulk, without its measurements."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from loadtest import bulk_rate


def test_the_load_of_the_machine_is_read_before_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def facts(packages: Any) -> dict[str, str]:
        calls.append("facts")
        return {"load at start": "0.10"}

    def measure(posts: Any, layouts: Any, rounds: int) -> Any:
        calls.append("measure")
        return [100.0] * rounds, {layouts[0]: [bulk_rate.BulkRates(95.0, 80.0)] * rounds}

    monkeypatch.setattr(bulk_rate, "environment_facts", facts)
    monkeypatch.setattr(bulk_rate, "measure", measure)
    page = tmp_path / "BULK.md"
    ended = CliRunner().invoke(bulk_rate.main, ["--posts", "2", "--output", str(page)])
    assert ended.exit_code == 0, ended.output
    assert calls == ["facts", "measure"]
    assert "is reached: 0.95" in page.read_text()
    assert page.read_text().endswith("load at start: 0.10.\n")
