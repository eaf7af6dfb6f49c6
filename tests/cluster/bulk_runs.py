"""`postlens bulk` as a user starts it, in a process of its own; a cluster of Ray to run it on."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from serve_app.standalone.process_mark import ProcessMark
from tests.project.pages import ROOT

TIMEOUT_S = 300
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
#: Of the cluster, and of who may join it.
_TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": uuid.uuid4().hex}

#: Nodes of one CPU each on loopback, until standard input ends. In a process of its own: a process
#: that has joined Ray ends when another test kills that.
_CLUSTER = """
import os, sys
from serve_app.standalone.loopback import ALLOW_LOOPBACK
os.environ |= ALLOW_LOOPBACK
from ray.cluster_utils import Cluster
node = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args=node)
cluster.add_node(**node)
cluster.wait_for_nodes()
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


def start(source: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    """The running command; its processes, those of Ray too, carry the mark of the output."""
    command = [sys.executable, "-m", "serve_app.cli", "bulk", str(source), str(output), *options]
    return subprocess.Popen(
        command,
        env=_ENVIRONMENT | _TOKEN | ProcessMark(str(output)).variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(source: Path, output: Path, *options: str) -> tuple[int, dict[str, Any], str]:
    """Exit code, end report and what was said on standard error."""
    with start(source, output, "--json", *options) as process:
        try:
            out, err = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return process.returncode, json.loads(out) if out else {}, err


@contextmanager
def two_nodes() -> Iterator[str]:
    """The address of a cluster of two nodes with one CPU each."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CLUSTER], env=_ENVIRONMENT | _TOKEN, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout
        yield process.stdout.readline().strip()
    finally:
        process.communicate(timeout=60)


def write_posts(folder: Path, files: int, rows: int) -> list[str]:
    """Files of distinct posts, with the first of each empty; their ids."""
    folder.mkdir()
    for file in range(files):
        numbers = [file * rows + row for row in range(rows)]
        texts = [f"Proud of order number {n} of Acme Corp. in Porto." for n in numbers]
        table = pa.table({"id": [f"p{n}" for n in numbers], "text": ["", *texts[1:]], "n": numbers})
        pq.write_table(table, folder / f"{file}.parquet")
    return [f"p{n}" for n in range(files * rows)]


def rows_of(output: Path) -> list[dict[str, Any]]:
    files = sorted(output.glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]
