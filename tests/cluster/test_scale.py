"""The pieces of `python -m loadtest.scale`, on the smallest cluster."""

import os
import subprocess
import sys
from pathlib import Path

from serve_app.standalone.process_mark import ProcessMark

ROOT = Path(__file__).parents[2]

# In a process of its own: Ray reads its environment when it is imported.
_SMALLEST = """
import asyncio, os
from loadtest.scale.application import HandleClient, application
from loadtest.scale.calls import CallSummary, call_steadily
from loadtest.scale.cluster import multi_node_cluster
from loadtest.scale.plan import QUICK

async def ask(cluster):
    await cluster.deploy(application({"num_replicas": 2}, QUICK, device_ms=1))
    await cluster.wait_until_settled({"driver": 2, "encoder": 1, "analyses": 2})
    calls = await call_steadily(HandleClient(cluster), clients=2, posts=4, seconds=1)
    return CallSummary.of(calls)

with multi_node_cluster(head_cpus=2, node_cpus=[1, 1]) as cluster:
    print("MARK", os.environ["POSTLENS_SERVICE"])
    outcome = asyncio.run(ask(cluster))
print("OUTCOME", outcome.posts > 8, outcome.lost)
"""


def test_a_cluster_of_three_nodes_answers_and_leaves_nothing_behind() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _SMALLEST],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert "OUTCOME True 0" in ended.stdout, ended.stdout + ended.stderr
    folder = Path(ended.stdout.split("MARK ")[1].split()[0])
    assert not folder.exists()
    assert ProcessMark(str(folder)).processes() == []
