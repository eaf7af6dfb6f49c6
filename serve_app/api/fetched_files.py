"""Files behind URLs, such as objects of a store: fetched to disk within the bounds of those sent.

Path and query of a URL may be all that guards the file, so no answer and no log has them.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx

from serve_app.api.upload import Stalled, Upload, Uploads
from serve_app.errors import InvalidRequest
from serve_app.outgoing.addresses import Resolve, UrlRefused, system_resolve
from serve_app.outgoing.pinned_client import PinnedClient
from serve_app.problems import problem, quote
from serve_app.request.fields import invalid_request
from serve_app.settings import UploadSettings

#: Signatures with the token of a session are long.
MAX_FILE_URL_CHARACTERS = 8_000
POINTER = "/url"


class FetchedFiles:
    """Fetches files for one driver replica."""

    def __init__(
        self,
        uploads: Uploads,
        settings: UploadSettings,
        *,
        resolve: Resolve = system_resolve,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            uploads: keeps them.
            settings: from where, and for how long one may come.
            resolve: gives the addresses of a name.
            verify: what certificates are held to; the usual authorities by default.
        """
        self._uploads = uploads
        self._timeout_s = settings.fetch_timeout_s
        self._client = PinnedClient(
            allow_private=settings.allow_private,
            timeout_s=settings.fetch_timeout_s,
            max_characters=MAX_FILE_URL_CHARACTERS,
            resolve=resolve,
            verify=verify,
        )

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()

    async def fetch(self, url: str) -> tuple[Upload, str | None]:
        """The file on disk, to be closed by the caller, and what its server says of its type.

        Raises:
            InvalidRequest: the URL is not called, its server gives no file, or not in time, or the
                file is too large.
        """
        with _told_of(self._timeout_s):
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.call("GET", url, headers={}) as response,
            ):
                _check(response)
                self._uploads.check_announced(response.headers.get("content-length"))
                upload = await self._uploads.keep(response.aiter_raw())
                return upload, response.headers.get("content-type")


@contextmanager
def _told_of(timeout_s: float) -> Iterator[None]:
    """Raises InvalidRequest for whatever keeps a file from coming."""
    try:
        yield
    except InvalidRequest as error:
        raise InvalidRequest(replace(error.problem, pointer=POINTER)) from None
    except UrlRefused as error:
        detail = f"The URL is not called: {error}."
        raise invalid_request("refused-url", detail, POINTER) from None
    except Stalled as error:
        raise _unreadable(f"The file {error}") from None
    except TimeoutError:
        fix = "Have the file nearer, pack it with gzip, or send it in parts."
        raise _unreadable(f"The file did not come within {timeout_s:g} s.", fix) from None
    except (socket.gaierror, httpx.HTTPError) as error:
        raise _unreadable(f"The server cannot be reached, or broke off ({_name(error)}).") from None


def _check(response: httpx.Response) -> None:
    """Raises InvalidRequest where the answer is no file."""
    status = response.status_code
    if response.is_redirect:
        detail = f"The server answers with a redirect ({status}), and none is followed."
        raise _unreadable(detail, "Send the URL that it leads to.")
    if status != httpx.codes.OK:
        raise _unreadable(f"The server answers {status}.")
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "x-gzip"):
        fix = "Keep the file as it is, or packed by gzip."
        raise _unreadable(f"The file comes with Content-Encoding {quote(encoding)}.", fix)


def _unreadable(detail: str, fix: str | None = None) -> InvalidRequest:
    return InvalidRequest(problem("unreadable-url", detail, pointer=POINTER, fix=fix))


def _name(error: Exception) -> str:
    """The reason, without what the server or the URL may have put into it."""
    is_certificate = "CERTIFICATE_VERIFY_FAILED" in str(error)
    return "its certificate is not trusted" if is_certificate else type(error).__name__
