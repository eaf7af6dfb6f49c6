"""Folders and files by path or fsspec URL, listed, read, and written whole or not at all."""

import os
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Self, cast

import fsspec
from fsspec.asyn import AsyncFileSystem
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractFileSystem

from serve_app.bulk.errors import BulkRefused

_UNFINISHED = re.compile(r"_[0-9a-f]{32}\.writing")
_PASSWORD = re.compile(r"(?<=://)[^/?#]*:[^/?#]*(?=@)")


@contextmanager
def reaching(url: str) -> Iterator[None]:
    """What the packages of clouds raise, in types of their own, as words to a person.

    Raises:
        BulkRefused: instead of what is no ``OSError``.
    """
    try:
        yield
    except (BulkRefused, OSError):
        raise
    except Exception as error:
        what = f"{type(error).__name__}: {error}".rstrip(" .:")
        raise BulkRefused(
            f"'{url}' cannot be reached: {what}. Check the URL and its credentials."
        ) from error


@dataclass(frozen=True, slots=True)
class Location:
    """A file or folder of a file system; its processes may be on any machine.

    Attributes:
        url: as it was given.
        filesystem: of fsspec, which reads its credentials where the process runs.
        path: in that, without a slash at its end.
    """

    url: str
    filesystem: Any
    path: str

    @classmethod
    def of(cls, url: str) -> Self:
        """The place that a path or URL names, whether there is something or not.

        Raises:
            BulkRefused: its kind is unknown, its package is missing, only one process sees it, or
                it has a password, which would stand in the output and in lists of processes.
        """
        if _PASSWORD.search(url):
            raise BulkRefused(
                f"'{_PASSWORD.sub('...', url)}' has a password, which others could read; leave it "
                "out, and set credentials where the URL's package of fsspec looks for them."
            )
        with reaching(url):
            filesystem, path = _filesystem_and_path(url)
        if isinstance(filesystem, MemoryFileSystem):
            raise BulkRefused(
                f"'{url}' lies in the memory of one process, and the posts are read and written "
                "by several; name a folder that all of them reach."
            )
        if isinstance(filesystem, LocalFileSystem):
            path = os.path.abspath(path)  # fsspec leaves ".." in it
        return cls(url, filesystem, path.rstrip("/") or "/")

    @property
    def address(self) -> str:
        """Its URL for processes in other folders, too."""
        if self.is_local:
            return str(self.filesystem.unstrip_protocol(self.path))
        return self.url.rstrip("/")  # fsspec's own would lose the host

    @property
    def is_local(self) -> bool:
        """Whether it is a path of the machine's own file system, mounted ones included."""
        return isinstance(self.filesystem, LocalFileSystem)

    def within(self, other: "Location") -> bool:
        """Whether it is the other, or a place in it."""
        own, others = self.filesystem, other.filesystem
        # These have the host, by which two with one path differ.
        same = type(own) is type(others) and own.storage_options == others.storage_options
        return same and PurePosixPath(self.path).is_relative_to(other.path)

    def names(self) -> list[str]:
        """Every file in it, at any depth, as relative paths in order; none where it is no folder.

        Hidden ones are left out, and what begins with ``_``, as all readers of Parquet do.
        """
        return [name for name in self.all_names() if name and not _is_private(name)]

    def all_names(self) -> list[str]:
        """Likewise with hidden ones; of a file ``""`` alone."""
        found = self.filesystem.find(self.path)
        return sorted(path.removeprefix(self.path).lstrip("/") for path in found)

    @property
    def is_file(self) -> bool:
        """Whether there is a file."""
        return bool(self.filesystem.isfile(self.path))

    @property
    def parent(self) -> "Location":
        """The folder it lies in."""
        folder, _, _ = self.path.rpartition("/")
        return Location(self.url.rpartition("/")[0], self.filesystem, folder or "/")

    def at(self, name: str) -> str:
        """The path of a file in it; that of itself for ``""``."""
        return f"{self.path}/{name}" if name else self.path

    def open(self, name: str) -> BinaryIO:
        """A file in it, to read its bytes."""
        return cast(BinaryIO, self.filesystem.open(self.at(name), "rb"))

    def size_bytes(self, name: str) -> int:
        """The size of a file in it."""
        return int(self.filesystem.size(self.at(name)))

    def read(self, name: str) -> bytes | None:
        """The bytes of a file in it; None where there is none."""
        try:
            return cast(bytes, self.filesystem.cat_file(self.at(name)))
        except FileNotFoundError:
            return None

    def read_all(self, names: Sequence[str]) -> list[bytes]:
        """The bytes of files in it, at once where the file system can."""
        # Unlike "cat" it takes [, ? and * in names as they are.
        paths = list(map(self.at, names))
        return cast(list[bytes], self.filesystem.cat_ranges(paths, None, None, on_error="raise"))

    def write(self, name: str, content: bytes) -> None:
        """Put a file into it, at once and complete, over one of that name."""
        path = self.at(name)
        folder = path.rpartition("/")[0]
        self.filesystem.makedirs(folder, exist_ok=True)
        if self._puts_whole_files:
            self.filesystem.pipe_file(path, content)
            return
        unnamed = f"{folder}/_{uuid.uuid4().hex}.writing"
        try:
            self._move_in(unnamed, path, content)
        except BaseException:
            with suppress(Exception):  # what failed is worth telling, not this
                self.filesystem.rm_file(unnamed)
            raise

    def _move_in(self, unnamed: str, path: str, content: bytes) -> None:
        if self.is_local:
            with open(unnamed, "xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unnamed, path)
            return
        self.filesystem.pipe_file(unnamed, content)
        if self.filesystem.exists(path):  # HDFS and others move over no file
            self.filesystem.rm_file(path)
        self.filesystem.mv(unnamed, path)

    @property
    def _puts_whole_files(self) -> bool:
        """Whether it is an object store, or another that has no move but a copy."""
        own_move = type(self.filesystem).mv is not AbstractFileSystem.mv
        return isinstance(self.filesystem, AsyncFileSystem) or not own_move

    def remove(self, name: str) -> None:
        """Remove a file in it, if it is there."""
        if self.filesystem.exists(self.at(name)):
            self.filesystem.rm_file(self.at(name))


def _filesystem_and_path(url: str) -> tuple[Any, str]:
    try:
        return cast(tuple[Any, str], fsspec.core.url_to_fs(url))
    except ImportError as error:  # fsspec's message names the package
        raise BulkRefused(f"'{url}' cannot be reached: {error} (pip install).") from None
    except ValueError as error:
        known = "a path, file://, s3://, gs://, abfs://, hdfs:// or another of fsspec's"
        raise BulkRefused(f"'{url}' is no place: {error}. Name {known}.") from None


def is_unfinished(name: str) -> bool:
    """Whether it names a file that :meth:`Location.write` left behind where it was killed."""
    return bool(_UNFINISHED.fullmatch(PurePosixPath(name).name))


def _is_private(name: str) -> bool:
    return any(part.startswith(("_", ".")) for part in PurePosixPath(name).parts)
