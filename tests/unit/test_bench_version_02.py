"""The version that the benchmark compares with is in the history and has what is asked of it."""

import subprocess

import pytest

from loadtest.bench import version_02
from loadtest.paths import ROOT


def git(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(
    git("cat-file", "-e", version_02.COMMIT).returncode != 0, reason="no full history of git here"
)
def test_the_commit_has_what_the_benchmark_calls() -> None:
    for path, name in {
        "serve_app/local.py": "class LocalAnalyses",
        "serve_app/request.py": "class PostRequest",
        "deployments/registry.py": "class AnalysisConfigs",
        "serve_app/cli.py": '"--data-dir"',
        "scripts/install": "constraints.txt",
    }.items():
        assert name in git("show", f"{version_02.COMMIT}:{path}").stdout, path
