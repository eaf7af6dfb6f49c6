"""An event loop that is always there, for a client that anyone may call from anywhere."""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from serve_app.client.errors import PostLensError

T = TypeVar("T")


class BackgroundLoop:
    """An event loop in a thread of its own, started by its first use.

    Connections belong to the event loop that opened them, and Ray's handles to the one that
    first called them; with one that is always there, a client serves plain scripts,
    notebooks, threads and foreign event loops alike.
    """

    def __init__(self, shared: "BackgroundLoop | None" = None) -> None:
        """Not running yet.

        Args:
            shared: the one to run in, which goes on when this one is stopped; by default a new one.
        """
        self._shared = shared
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._serve, name="postlens-client", daemon=True)
        self._lock = threading.Lock()
        self._stopped = False

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result; this thread waits."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._running_loop(coroutine))
        try:
            return future.result()
        except BaseException:
            future.cancel()  # Ctrl-C in the waiting thread ends the request, too
            raise

    async def run_async(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """The coroutine's result; the caller's event loop goes on."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._running_loop(coroutine))
        return await asyncio.wrap_future(future)

    def stop(self) -> None:
        """End the loop and its thread, once; nothing runs afterwards."""
        with self._lock:
            self._stopped, loop, self._loop = True, self._loop, None
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stopped

    def _running_loop(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._stopped:
                coroutine.close()
                raise PostLensError("This client is closed; make a new one.")
            if self._shared is not None:
                return self._shared._running_loop(coroutine)
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread.start()
            return self._loop

    def _serve(self) -> None:
        loop = self._loop
        assert loop is not None  # made before the thread is started
        loop.run_forever()
