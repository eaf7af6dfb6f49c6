"""Checks of the machine: the port, the GPU, room on the disk and in memory."""

import shutil
import tempfile
from collections.abc import Iterator
from urllib.parse import urlsplit

import psutil

from serve_app.cli.doctor.finding import Finding, Level, Setup
from serve_app.cli.doctor.service import running_service
from serve_app.standalone.ports import require_free

#: The local profile holds five models and their workers; measured with `ps` at rest.
_MEMORY_BYTES = 4 * 2**30
_DISK_BYTES = 2**30


def check_port(setup: Setup) -> Iterator[Finding]:
    """Whether HTTP can listen, or the service that runs here does."""
    state = running_service(setup)
    if state is not None and urlsplit(state.url).port == setup.port:
        yield Finding("port", Level.OK, f"{setup.port} is the running service's")
        return
    try:
        require_free("127.0.0.1", setup.port)
    except OSError as error:
        fix = "Stop what listens there (perhaps 'postlens serve'), or use another --port."
        yield Finding("port", Level.FAIL, f"{setup.port}: {error.strerror}", fix)
        return
    yield Finding("port", Level.OK, f"{setup.port} is free")


def check_gpu(_: Setup) -> Iterator[Finding]:
    """Which GPU there is; none is fine."""
    import torch

    if torch.cuda.is_available():
        yield Finding("gpu", Level.OK, torch.cuda.get_device_name(0))
    else:
        yield Finding("gpu", Level.OK, "none; the models run on the CPU (configs: local, cpu)")


def check_data_dir(setup: Setup) -> Iterator[Finding]:
    """Whether the data folder can be written, and how much room it has."""
    folder = setup.data_dir
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    fix = f"Make {folder} writable, or name another folder with --data-dir."
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        yield Finding("data", Level.FAIL, f"{existing}: {error.strerror}", fix)
        return
    free_bytes = shutil.disk_usage(existing).free
    yield _room("data", f"free in {folder}", free_bytes, _DISK_BYTES)


def check_memory(_: Setup) -> Iterator[Finding]:
    """Whether the models fit."""
    yield _room("memory", "available", psutil.virtual_memory().available, _MEMORY_BYTES)


def _room(subject: str, kind: str, available_bytes: int, advised_bytes: int) -> Finding:
    detail = f"{available_bytes / 2**30:.1f} GiB {kind}"
    if available_bytes >= advised_bytes:
        return Finding(subject, Level.OK, detail)
    fix = f"Make room: {advised_bytes / 2**30:.0f} GiB are advised."
    return Finding(subject, Level.WARN, detail, fix)
