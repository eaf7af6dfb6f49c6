"""docs/add-an-analysis.md, done as it says: a sixth analysis in a copy of the code."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "add-an-analysis.md").read_text(encoding="utf-8")

FILES = dict(re.findall(r"<!-- file: (\S+) -->\n```python\n(.*?)```", PAGE, re.S))
PATCHES = re.findall(r"```diff\n(.*?)```", PAGE, re.S)

TEXT = "We won the prize. Thank you to the whole team for everything! \U0001f389"

#: Asks the copy in every way in which an answer leaves it.
SCRIPT = """
import asyncio, io, sys
import httpx, orjson
from rich.console import Console
from deployments import graph
from deployments.driver import Fanout
from deployments.registry import AnalysisConfigs
from deployments.results import ANALYSES
from deployments.wire import decode_analysis
from serve_app.api.application import build_api
from serve_app.cli.analyze.answer_table import print_answer
from serve_app.files.csv_columns import COLUMNS
from serve_app.in_process import LocalAnalyses
from serve_app.request.post import parse_post

async def schemas():
    transport = httpx.ASGITransport(app=build_api(None))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return (await client.get("/openapi.json")).json()["components"]["schemas"]

text = sys.argv[1]
described = asyncio.run(schemas())
[item] = LocalAnalyses(names=("readability", "length")).items([text])
table = io.StringIO()
print_answer({"line": 1, "id": None, **item["result"]}, Console(file=table, width=200))
bound = graph.bind(AnalysisConfigs(), concurrent_passes=1, on_start=lambda: None)
sys.stdout.buffer.write(orjson.dumps({
    "analyses": ANALYSES,
    "section": item["result"]["length"],
    "typed": decode_analysis(item["result"]).length.result.characters,
    "request": parse_post({"text": text, "analyses": ["length"]}).analyses,
    "schema": described["Length"],
    "answer": list(described["Analysis"]["properties"]),
    "columns": COLUMNS,
    "table": table.getvalue(),
    "deployments": list(bound),
}))
"""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with the page applied to them."""
    folder = tmp_path_factory.mktemp("sixth")
    for package in ("deployments", "serve_app"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("*.pyc"))
    for name, content in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    for patch in PATCHES:
        subprocess.run(["git", "apply", "-"], cwd=folder, input=patch, text=True, check=True)
    return folder


def run(copy: Path, *arguments: str) -> bytes:
    environment = {**os.environ, "PYTHONPATH": str(copy)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_four_files_are_enough() -> None:
    patched = re.findall(r"^\+\+\+ b/(\S+)$", PAGE, re.M)
    assert len({*FILES, *patched}) <= 4


def test_the_sixth_analysis_is_there_in_every_way_an_answer_leaves(copy: Path) -> None:
    found = orjson.loads(run(copy, "-c", SCRIPT, TEXT))
    assert found["analyses"][-1] == found["answer"][-1] == found["deployments"][-1] == "length"
    assert found["section"]["status"] == "ok"
    assert found["section"]["characters"] == found["typed"] == len(TEXT)
    start, end = found["section"]["longest_sentence"].values()
    assert TEXT[start:end].startswith("Thank you")
    assert found["request"] == ["length"]
    assert {"status", "model", "characters", "fits"} <= set(found["schema"]["required"])
    assert "length_status" in found["columns"]
    assert re.search(rf"length\s.*{len(TEXT)}", found["table"])
