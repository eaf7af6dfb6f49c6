"""What is shipped, as the tests look at it: the wheel and the API's description."""

import asyncio
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from serve_app.api.application import build_api


def build_wheel(project: Path, folder: Path) -> zipfile.ZipFile:
    """The wheel of the project, built as pip would build it, in a folder that is made."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed; the dev extra brings it")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    ended = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    [path] = folder.glob("*.whl")
    return zipfile.ZipFile(path)


def openapi() -> dict[str, Any]:
    """The service's OpenAPI document; no service is behind it, none is asked for it."""

    async def fetch() -> dict[str, Any]:
        transport = httpx.ASGITransport(app=build_api(cast(Any, None)))
        async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
            return cast(dict[str, Any], (await client.get("/openapi.json")).json())

    return asyncio.run(fetch())
