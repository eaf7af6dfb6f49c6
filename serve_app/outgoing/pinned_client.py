"""Requests to URLs that users have named, each to an address that was judged before.

No redirect is followed, no proxy asked, no connection kept: the next request goes to what the name
means then. Path and query are told to nobody but the server: they may hold secrets.
"""

import ssl
import string
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import quote

import httpx

from serve_app import __version__
from serve_app.outgoing.addresses import (
    MAX_URL_CHARACTERS,
    Resolve,
    parse_destination,
    resolve_destination,
    system_resolve,
)


class PinnedClient:
    """Sends requests; keeps nothing of them."""

    def __init__(
        self,
        *,
        allow_private: bool,
        timeout_s: float,
        max_characters: int = MAX_URL_CHARACTERS,
        resolve: Resolve = system_resolve,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            allow_private: whether addresses outside the public internet may be called.
            timeout_s: to connect, and between two parts of an answer.
            max_characters: of a URL.
            resolve: gives the addresses of a name.
            verify: what certificates are held to; by default the usual authorities, or those in
                the file that SSL_CERT_FILE names.
        """
        self._allow_private = allow_private
        self._max_characters = max_characters
        self._resolve = resolve
        self._client = httpx.AsyncClient(
            verify=verify or httpx.create_ssl_context(),
            trust_env=False,  # a proxy of the environment would connect to what it resolves itself
            follow_redirects=False,
            timeout=timeout_s,
            # A kept connection to an address would carry requests for another name at it.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )

    async def close(self) -> None:
        """Disconnect."""
        await self._client.aclose()

    @asynccontextmanager
    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes = b""
    ) -> AsyncIterator[httpx.Response]:
        """The answer to one request, whose body is not read yet.

        Raises:
            UrlRefused: the URL is not called.
            OSError, httpx.HTTPError: there is no answer.
        """
        destination = parse_destination(
            url, allow_private=self._allow_private, max_characters=self._max_characters
        )
        address = await resolve_destination(
            destination, self._resolve, allow_private=self._allow_private
        )
        host = f"[{address}]" if ":" in address else address
        request = self._client.build_request(
            method,
            f"{destination.scheme}://{host}:{destination.port}/",
            content=content or None,
            headers={
                "Host": destination.authority,
                "User-Agent": f"PostLens/{__version__}",
                "Accept-Encoding": "identity",
                "Connection": "close",
                **headers,
            },
            extensions={
                "sni_hostname": destination.host,  # certificates are held to the name
                # Apart from the URL, which httpx logs, and sent as it was signed.
                "target": quote(destination.target, safe=string.printable).encode(),
            },
        )
        response = await self._client.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()
