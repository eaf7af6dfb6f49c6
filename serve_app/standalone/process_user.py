"""As which user a child process runs: a server that refuses root needs another one."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

#: The user "nobody" of every Linux (Linux Standard Base, user and group names).
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class ProcessUser:
    """A user, and how a process is started as that user; by default this process' own.

    Attributes:
        command_prefix: words before the command.
        popen_options: for :class:`subprocess.Popen`.
        owner_uid: who must own the process' files, as seen from outside a user namespace.
    """

    command_prefix: tuple[str, ...] = ()
    popen_options: Mapping[str, Any] = field(default_factory=dict)
    owner_uid: int = field(default_factory=os.geteuid)

    @classmethod
    def unprivileged(cls) -> Self:
        """One that servers which refuse root accept, without creating a user.

        Root is shown to the process as ``nobody`` by a user namespace, where its files stay
        root's own; where namespaces are forbidden, the process becomes ``nobody`` in earnest.
        """
        if os.geteuid() != 0:
            return cls()
        prefix = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")
        if _succeeds([*prefix, "true"]):
            return cls(prefix)
        return cls((), {"user": NOBODY, "group": NOBODY, "extra_groups": []}, NOBODY)

    def take_ownership(self, folder: Path) -> None:
        """Make everything in ``folder`` this user's; only root ever needs to."""
        if folder.stat().st_uid == self.owner_uid:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner_uid, -1, follow_symlinks=False)


def _succeeds(command: Sequence[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=10).returncode == 0
    except OSError:
        return False
