"""The README's commands for posts that stay, as they stand there."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project.pages import ROOT, text
from tests.services.databases import database_for_threads
from tests.services.served_posts import served_posts

README = text(ROOT / "README.md")
[COMMANDS] = re.findall(r"## Keep and find posts\n.*?```sh\n(.*?)```", README, flags=re.S)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_commands_keep_find_export_and_import(database_url: str, tmp_path: Path) -> None:
    with database_for_threads(database_url) as database, served_posts(database) as url:
        lines = COMMANDS.replace("\\\n", " ").replace("http://127.0.0.1:8000", url).splitlines()
        # The answers come without an end of line.
        script = "\n".join(f"{each}; echo" if each.startswith("curl") else each for each in lines)
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-e", "-c", script],
            cwd=tmp_path,
            env={**os.environ, "PATH": path, "POSTLENS_URL": url},
            capture_output=True,
            text=True,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    created, listed, trend, *_ = done.stdout.splitlines()
    assert json.loads(created)["state"] == "analysed"
    assert json.loads(listed)["count"] == {"value": 1, "exact": True}
    assert json.loads(trend)["series"]
    assert "Thrilled to join Siemens" in (tmp_path / "kept.csv").read_text("utf-8-sig")
