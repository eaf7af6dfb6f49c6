"""Finding the servers of a killed parent, and waiting for their end."""

import os
import time
from pathlib import Path

from serve_app.standalone.errors import EmbeddedError

#: A server whose parent was killed writes its checkpoint before it ends.
_TIMEOUT_S = 15.0


def wait_for_orphans(folder: Path, program: str) -> None:
    """Return once no server works in ``folder``; its parent is dead, since we hold its lock.

    Raises:
        EmbeddedError: one goes on; it is named.
    """
    deadline = time.monotonic() + _TIMEOUT_S
    while pids := servers_in(folder, program):
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"{program} still runs in {folder} as process {', '.join(map(str, pids))}, "
                "left by a parent that was killed. Stop it and start again."
            )
        time.sleep(0.05)


def servers_in(folder: Path, program: str) -> list[int]:
    """Ids of the living processes of that program whose working folder is ``folder``.

    Both servers work inside their data folder, which tells them from a stranger who was
    given the same process id; a zombie has no working folder and is not listed.
    """
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and _link(entry / "cwd") == str(folder.resolve())
        and Path(_link(entry / "exe").removesuffix(" (deleted)")).name == program
    ]  # fmt: skip


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:  # it ended meanwhile, or is another user's
        return ""
