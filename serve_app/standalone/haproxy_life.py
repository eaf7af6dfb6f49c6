"""HAProxy back at once when it is killed, and at work while Ray's manager of it is not there.

Ray looks after HAProxy by health checks alone and makes a new manager, a process of its own,
after three of them have failed; nobody listened for 27 s. It has no setting for any of this,
so this reaches into its class.
"""

import asyncio
import contextlib
import logging
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ray.serve._private.haproxy import HAProxyApi

log = logging.getLogger(__name__)

#: How long a new manager waits to hear of the replicas before it takes over.
_TARGETS_TIMEOUT_S = 5.0
_POLL_S = 0.05

#: Starts a process of HAProxy with further arguments; returns once it answers.
Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


def keep_up() -> None:
    """Have every manager of HAProxy in this process restart it, and take over one that runs."""
    from ray.serve._private.haproxy import HAProxyApi

    start_process, start, stop = (
        HAProxyApi._start_and_wait_for_haproxy,
        HAProxyApi.start,
        HAProxyApi.stop,
    )

    async def start_process_and_watch(self: "HAProxyApi", *arguments: str, **options: Any) -> Any:
        if not arguments:
            arguments = _take_over_arguments(self)
        async with _starting(self):
            process = await start_process(self, *arguments, **options)
        watch = asyncio.ensure_future(_restart_when_killed(self, process))
        _watches.add(watch)
        watch.add_done_callback(_watches.discard)
        return process

    async def start_with_targets(self: "HAProxyApi") -> None:
        if _running(self):
            await _wait_for_targets(self)
        await start(self)

    async def stop_for_good(self: "HAProxyApi") -> None:
        for watch in _watches:
            watch.cancel()
        await stop(self)

    setattr(HAProxyApi, start_process.__name__, start_process_and_watch)
    setattr(HAProxyApi, start.__name__, start_with_targets)
    setattr(HAProxyApi, stop.__name__, stop_for_good)


_watches: set["asyncio.Future[None]"] = set()


def _starting(api: "HAProxyApi") -> asyncio.Lock:
    """Held while a process starts, which may be one that takes the place of another."""
    lock: asyncio.Lock = vars(api).setdefault("_starting", asyncio.Lock())
    return lock


async def _restart_when_killed(api: "HAProxyApi", process: asyncio.subprocess.Process) -> None:
    code = await process.wait()
    async with _starting(api):
        pass
    if api._proc is not process:  # another has taken its place
        return
    log.error("HAProxy ended with code %d; it is started again at once.", code)
    # What it noted of the replicas at its last reload may be of others by now.
    with contextlib.suppress(FileNotFoundError):
        os.unlink(api.cfg.server_state_file)
    api._proc = await api._start_and_wait_for_haproxy()
    log.warning("HAProxy is back.")


def _running(api: "HAProxyApi") -> list[str]:
    """Ids of HAProxy's processes that a manager, perhaps a dead one, has started."""
    ids = (entry for entry in os.listdir("/proc") if entry.isdecimal())
    return [pid for pid in ids if api._is_our_haproxy(int(pid))]


def _take_over_arguments(api: "HAProxyApi") -> tuple[str, ...]:
    """Let HAProxy, once it can serve, end those that run and have their sockets."""
    running = _running(api)
    if not running:
        return ()
    log.warning("HAProxy goes on under a new manager.")
    return ("-sf", *running, "-x", api.cfg.socket_path)


async def _wait_for_targets(api: "HAProxyApi") -> None:
    """Return once it is known where the replicas are; before that HAProxy would refuse all."""
    for _ in range(round(_TARGETS_TIMEOUT_S / _POLL_S)):
        if api.backend_configs:
            return
        await asyncio.sleep(_POLL_S)
