"""Version 0.2 of this project, in a worktree and with an environment of its own, to compare with.

Made once, under ``build/loadtest``, from the commit in this repository's history.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import click
import orjson

from loadtest.paths import ROOT

COMMIT = "46d5d82fd214e929433ab2ccb5049b1335b82ffd"
FOLDER = ROOT / "build" / "loadtest" / "version-0.2"
_ENVIRONMENT = ".venv-0.2"
_PROGRAM = Path(__file__).with_name("version_02_in_process.py")
_INSTALL_TIMEOUT_S, _MEASURE_TIMEOUT_S = 1_800, 1_200


def prepare(folder: Path = FOLDER) -> None:
    """Check the commit out into ``folder`` and install what it needs, unless that is done.

    Raises:
        click.ClickException: git or pip could not; with the end of what they say.
    """
    done = folder / _ENVIRONMENT / ".complete"
    if done.exists():
        return
    print(f"Installing version 0.2 into {folder} (once; minutes) ...", flush=True)
    if not (folder / "pyproject.toml").exists():
        _run(["git", "worktree", "prune"], ROOT)  # of a folder that was deleted by hand
        _run(["git", "worktree", "add", "--force", "--detach", str(folder), COMMIT], ROOT)
    shutil.rmtree(folder / _ENVIRONMENT, ignore_errors=True)
    _run(["scripts/install", _ENVIRONMENT], folder)
    done.touch()


def python(folder: Path = FOLDER) -> Path:
    """The interpreter of its environment."""
    return folder / _ENVIRONMENT / "bin" / "python"


def in_process(warm: Sequence[str], texts: Sequence[str], folder: Path = FOLDER) -> float:
    """Its posts a second in a process, as ``loadtest.bench.in_process`` measures ours.

    Args:
        warm: posts of a first batch, which is not measured.
        texts: those of the measured batch.
        folder: where it was prepared.
    """
    # -P: what lies beside the program is this version's, and not to be found.
    command = [str(python(folder)), "-P", str(_PROGRAM)]
    posts = orjson.dumps({"warm": list(warm), "texts": list(texts)})
    output = _run(command, folder, standard_input=posts, timeout_s=_MEASURE_TIMEOUT_S)
    return float(output.splitlines()[-1])


def _run(
    command: Sequence[str],
    folder: Path,
    *,
    standard_input: bytes = b"",
    timeout_s: float = _INSTALL_TIMEOUT_S,
) -> bytes:
    ended = subprocess.run(
        command,
        input=standard_input,
        capture_output=True,
        cwd=folder,
        timeout=timeout_s,
        check=False,
    )
    if ended.returncode:
        said = ended.stderr.decode(errors="replace")[-2_000:]
        raise click.ClickException(f"{' '.join(command[:3])} failed in {folder}:\n{said}")
    return ended.stdout
