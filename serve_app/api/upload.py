"""Files that are sent or fetched: kept on disk until they are read, never in memory whole.

What is sent slowly ends when it stalls, however long the whole takes. A file that is packed is
unpacked while it is read, within bounds. Knows neither posts nor formats.
"""

import asyncio
import errno
import gzip
import io
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import IO

from starlette.requests import Request

from serve_app.admission.shares import SharedSlots
from serve_app.api.headers import header
from serve_app.errors import InvalidRequest
from serve_app.files.rows import UnreadableSource
from serve_app.problems import problem, quote
from serve_app.settings import UploadSettings

#: A sender brings so much within so many seconds, or has stalled: 2 KB/s.
STEP_BYTES = 64 * 2**10
STALL_TIMEOUT_S = 30.0
#: Written to the disk at a time.
_WRITE_BYTES = 2**20
#: Read ahead of the readers.
_BUFFER_BYTES = 2**17

_GZIP_MARK = b"\x1f\x8b"
#: Up to this, it does not matter how far a file unpacks; beyond, posts make no more of a byte.
FREE_UNPACKED_BYTES = 64 * 2**20
MAX_RATIO = 200

_RETRY_AFTER_S = 10
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DamagedFile(UnreadableSource):
    """The file cannot be unpacked, or not within bounds."""


class Stalled(Exception):
    """A file comes too slowly; says so."""

    def __str__(self) -> str:
        return f"stalled: less than {STEP_BYTES:,} bytes came in {STALL_TIMEOUT_S:g} s."


class Upload:
    """A file that was sent, until it is closed."""

    def __init__(self, file: IO[bytes], settings: UploadSettings) -> None:
        self._file = file
        self._settings = settings
        self.size_bytes = 0

    def append(self, content: bytes) -> None:
        """Write to the disk; blocks."""
        self._file.write(content)

    def open(self) -> io.BufferedReader:
        """Its content from the beginning, unpacked; reading blocks, and may raise DamagedFile."""
        self._file.flush()
        self._file.seek(0)
        packed = self._file.read(2) == _GZIP_MARK
        self._file.seek(0)
        if not packed:
            return io.BufferedReader(_Shared(self._file), _BUFFER_BYTES)
        limit_bytes = self._settings.unpacked_bytes
        return io.BufferedReader(_Unpacked(self._file, limit_bytes), _BUFFER_BYTES)

    def close(self) -> None:
        """Give its room on the disk back; blocks."""
        self._file.close()


class _Shared(io.RawIOBase):
    """Reads a file without closing it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        """See :class:`io.IOBase`."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """See :class:`io.RawIOBase`."""
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        return len(content)


class _Unpacked(io.RawIOBase):
    """Reads what a file unpacks to, as long as that is in proportion."""

    def __init__(self, file: IO[bytes], limit_bytes: int) -> None:
        self._file = file
        self._gzip = gzip.GzipFile(fileobj=file)
        self._limit_bytes = limit_bytes
        self._size_bytes = 0

    def readable(self) -> bool:
        """See :class:`io.IOBase`."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """See :class:`io.RawIOBase`.

        Raises:
            DamagedFile: it is no gzip, or unpacks to more than is read.
        """
        try:
            content = self._gzip.read1(len(buffer))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise DamagedFile(f"The gzip file is damaged: {error}.") from error
        self._size_bytes += len(content)
        self._check()
        buffer[: len(content)] = content
        return len(content)

    def _check(self) -> None:
        if self._size_bytes > self._limit_bytes:
            raise DamagedFile(f"The file unpacks to more than {self._limit_bytes:,} bytes.")
        if self._size_bytes > max(FREE_UNPACKED_BYTES, MAX_RATIO * self._file.tell()):
            raise DamagedFile(f"The file unpacks to more than {MAX_RATIO} times its size.")


class Uploads:
    """The files that one driver replica takes in at a time."""

    def __init__(self, settings: UploadSettings) -> None:
        self._settings = settings
        self._slots = SharedSlots(settings.at_a_time, retry_after_s=_RETRY_AFTER_S)

    @property
    def count(self) -> int:
        """Files that are taken in now."""
        return self._slots.count

    def hold(self, workspace: int) -> AbstractContextManager[None]:
        """A file of a workspace, from its first byte until it is closed.

        Raises:
            ServiceOverloaded: on entering; there are too many, or too many of the workspace.
        """
        return self._slots.hold(workspace)

    async def receive(self, request: Request) -> Upload:
        """The request's body on disk; to be closed by the caller.

        Raises:
            InvalidRequest: it is too large, stalls, or is announced as something else.
            ClientDisconnect: the sender went away before its end.
        """
        self.check_announced(header(request, b"content-length"))
        _check_encoding(header(request, b"content-encoding") or "identity")
        try:
            return await self.keep(request.stream())
        except Stalled as stalled:
            raise InvalidRequest(problem("incomplete-request", f"The body {stalled}")) from None

    def check_announced(self, content_length: str | None) -> None:
        """Refuse a file by its header Content-Length, before it comes.

        Raises:
            InvalidRequest: it is too large.
        """
        announced, limit_bytes = content_length or "", self._settings.file_bytes
        if announced.isdecimal() and (len(announced) > 18 or int(announced) > limit_bytes):
            raise _too_large(limit_bytes)

    async def keep(self, parts: AsyncIterator[bytes]) -> Upload:
        """A file that comes in parts, on disk; to be closed by the caller.

        Raises:
            InvalidRequest: it is too large.
            Stalled: the next part does not come; and whatever ``parts`` raises.
        """
        with _disk_problems():
            file = await asyncio.to_thread(_nameless_file, self._settings.folder)
        upload = Upload(file, self._settings)
        try:
            await _receive(parts, upload, self._settings.file_bytes)
        except BaseException:
            upload.close()
            raise
        return upload


def _nameless_file(folder: str | None) -> IO[bytes]:
    """A file that is gone once it is closed, or its process killed."""
    return tempfile.TemporaryFile(dir=folder)


async def _receive(parts: AsyncIterator[bytes], upload: Upload, limit_bytes: int) -> None:
    loop = asyncio.get_running_loop()
    waiting = bytearray()
    step_bytes = 0
    try:
        async with asyncio.timeout(STALL_TIMEOUT_S) as deadline:
            async for part in parts:
                waiting += part
                upload.size_bytes += len(part)
                step_bytes += len(part)
                if upload.size_bytes > limit_bytes:
                    raise _too_large(limit_bytes)
                if len(waiting) >= _WRITE_BYTES:
                    deadline.reschedule(None)  # the disk's time is not the sender's
                    await _write(upload, bytes(waiting))
                    waiting.clear()
                if step_bytes >= STEP_BYTES or deadline.when() is None:
                    step_bytes = 0
                    deadline.reschedule(loop.time() + STALL_TIMEOUT_S)
            deadline.reschedule(None)
            await _write(upload, bytes(waiting))
    except TimeoutError as error:
        if not deadline.expired():  # it is another's
            raise
        raise Stalled from error


async def _write(upload: Upload, content: bytes) -> None:
    with _disk_problems():
        await asyncio.to_thread(upload.append, content)


@contextmanager
def _disk_problems() -> Iterator[None]:
    """Raises InvalidRequest where the disk has no room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        retry_after = (("Retry-After", str(_RETRY_AFTER_S)),)
        detail = "There is no room on the disk for the file."
        raise InvalidRequest(problem("overloaded", detail, headers=retry_after)) from error


def _check_encoding(encoding: str) -> None:
    if encoding.lower() not in ("identity", "gzip", "x-gzip"):
        detail = f"The body is announced with Content-Encoding {quote(encoding)}."
        fix = "Send the file as it is, or packed by gzip."
        raise InvalidRequest(problem("wrong-media-type", detail, fix=fix))


def _too_large(limit_bytes: int) -> InvalidRequest:
    detail = f"The file is larger than {limit_bytes:,} bytes."
    fix = "Pack it with gzip, or send it in parts."
    return InvalidRequest(problem("body-too-large", detail, fix=fix))
