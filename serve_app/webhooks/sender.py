"""One attempt to deliver a message: a POST to an address that was judged before.

Knows no database.
"""

import asyncio
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from serve_app.outgoing.addresses import Resolve, UrlRefused, system_resolve
from serve_app.outgoing.pinned_client import PinnedClient
from serve_app.webhooks.signing import signed_headers

#: Of an answer's body; it says nothing, yet small ones are read so that nobody sees a broken pipe.
_READ_BYTES = 1_024
_GONE = 410


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be delivered.

    Attributes:
        id: the same in every attempt, and for every receiver.
        body: JSON.
        url: of the receiver.
        secrets: to sign it with, the one in force first.
    """

    id: str
    body: bytes
    url: str
    secrets: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt ended.

    Attributes:
        delivered: the receiver has answered 2xx.
        status: of the answer, if there was one.
        reason: why it was not delivered.
        final: trying again is of no use.
        gone: nothing else is to be sent there either.
        retry_after_s: what the receiver asked for.
    """

    delivered: bool
    status: int | None = None
    reason: str | None = None
    final: bool = False
    gone: bool = False
    retry_after_s: float = 0.0


class Sender:
    """Sends messages; keeps nothing of them."""

    def __init__(
        self,
        *,
        allow_private: bool,
        timeout_s: float,
        resolve: Resolve = system_resolve,
        verify: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Connects to nothing yet.

        Args:
            allow_private: whether addresses outside the public internet may be called.
            timeout_s: of an attempt, from the name to the last byte.
            resolve: gives the addresses of a name.
            verify: what certificates are held to; by default the usual authorities, or those in
                the file that SSL_CERT_FILE names.
            clock: seconds since 1970.
        """
        self._timeout_s = timeout_s
        self._clock = clock
        self._client = PinnedClient(
            allow_private=allow_private, timeout_s=timeout_s, resolve=resolve, verify=verify
        )

    async def close(self) -> None:
        """Disconnect."""
        await self._client.close()

    async def send(self, message: Message) -> Attempt:
        """Try once to deliver a message; raises nothing."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._post(message)
        except UrlRefused as error:
            return Attempt(False, reason=f"The URL is not called: {error}.", final=True)
        except TimeoutError:
            return Attempt(False, reason=f"There was no answer within {self._timeout_s:g} s.")
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            return Attempt(False, reason=f"It could not be sent ({type(error).__name__}).")

    async def _post(self, message: Message) -> Attempt:
        timestamp = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            **signed_headers(
                message.id, message.body, timestamp=timestamp, secrets=message.secrets
            ),
        }
        calling = self._client.call("POST", message.url, headers=headers, content=message.body)
        async with calling as response:
            await _read_some(response)
        return _attempt(response, self._clock())


async def _read_some(response: httpx.Response) -> None:
    read = 0
    async for chunk in response.aiter_raw():
        read += len(chunk)
        if read >= _READ_BYTES:
            return


def _attempt(response: httpx.Response, now: float) -> Attempt:
    """What an answer means (Standard Webhooks, "Delivery success and failure")."""
    status = response.status_code
    if response.is_success:
        return Attempt(True, status)
    if status == _GONE:
        return Attempt(False, status, "The receiver is gone for good (410).", final=True, gone=True)
    if response.is_redirect:
        return Attempt(False, status, f"The receiver answered a redirect ({status}).")
    wait_s = _retry_after_s(response.headers.get("retry-after", ""), now)
    return Attempt(False, status, f"The receiver answered {status}.", retry_after_s=wait_s)


def _retry_after_s(value: str, now: float) -> float:
    """The seconds of a Retry-After header (RFC 9110, 10.2.3); 0 without one."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(parsedate_to_datetime(value).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return 0.0
