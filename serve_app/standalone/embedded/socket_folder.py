"""The folder of the embedded servers' unix sockets, which only one user may enter."""

import hashlib
import os
import tempfile
from pathlib import Path

from serve_app.standalone.errors import EmbeddedError
from serve_app.standalone.process_user import NOBODY, ProcessUser

POSTGRES_SOCKET = ".s.PGSQL.5432"
VALKEY_SOCKET = "valkey.sock"

#: ``sun_path`` holds 108 bytes with its closing zero (man 7 unix).
_SOCKET_PATH_BYTES = 107


def make_socket_folder(data_dir: Path, user: ProcessUser) -> Path:
    """A folder for the sockets, without those of an earlier start: under the data, or in /tmp
    where that is too long.

    Raises:
        EmbeddedError: the folder is another user's.
    """
    folder = data_dir / "run"
    if len(os.fsencode(folder / POSTGRES_SOCKET)) > _SOCKET_PATH_BYTES:
        name = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"postlens-{os.geteuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    _require_ours(folder)
    folder.chmod(0o700)
    for stale in (POSTGRES_SOCKET, f"{POSTGRES_SOCKET}.lock", VALKEY_SOCKET):
        (folder / stale).unlink(missing_ok=True)
    user.take_ownership(folder)
    return folder


def _require_ours(folder: Path) -> None:
    # An earlier start as root may have made it for nobody.
    owners = {os.geteuid(), NOBODY} if os.geteuid() == 0 else {os.geteuid()}
    if folder.is_symlink() or folder.stat().st_uid not in owners:
        raise EmbeddedError(f"{folder} belongs to another user; remove it or move the data folder.")
