"""Which addresses may be called: those of the public internet, unless told otherwise.

The URL comes from whoever may write webhooks or send jobs, and the service stands inside a
network. So a name is resolved once, its address is judged, and that very address is connected to
(server-side request forgery: OWASP, "SSRF Prevention Cheat Sheet"; RFC 6890 for what is not
public).
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

#: Of one that is kept.
MAX_URL_CHARACTERS = 2_000
_PORTS = {"http": 80, "https": 443}
#: Public by their numbers, or so Python 3.11 takes them, yet not the public internet's: Azure's
#: wire server, IETF protocol assignments with Oracle's metadata in them, local NAT64 (RFC 8215),
#: addresses of sites (RFC 3879).
_NOT_PUBLIC = (
    ipaddress.IPv4Network("168.63.129.16/32"),
    ipaddress.IPv4Network("192.0.0.0/24"),
    ipaddress.IPv6Network("64:ff9b:1::/48"),
    ipaddress.IPv6Network("fec0::/10"),
)
#: An IPv4 address stands in the last 32 bits: NAT64 (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
#: Names that are being resolved at a time; more wait.
_RESOLVER_THREADS = 32

_resolver_threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="names")

#: The addresses of a host name, for a port.
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class UrlRefused(Exception):
    """This URL is never called; says why, without its path and query: they may hold secrets."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a URL leads.

    Attributes:
        scheme: http or https.
        host: a name in ASCII, or an IP address without brackets.
        port: also where the URL names none.
        target: path and query.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The value of the Host header (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def parse_destination(
    url: str, *, allow_private: bool, max_characters: int = MAX_URL_CHARACTERS
) -> Destination:
    """Where a URL leads, as far as it tells without a look at the network.

    Args:
        url: as a caller wrote it.
        allow_private: whether an address may be named that is not public.
        max_characters: of the URL.

    Raises:
        UrlRefused: it is no http or https URL, holds credentials or a fragment, or names an address
            that is not public.
    """
    if len(url) > max_characters or any(ord(character) <= 32 for character in url):
        raise UrlRefused(f"it has blanks, or more than {max_characters:,} characters")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError:  # also UnicodeError
        raise UrlRefused("its host or port is malformed") from None
    if parts.scheme not in _PORTS:
        raise UrlRefused("it does not begin with https:// or http://")
    if "@" in parts.netloc:
        raise UrlRefused("it holds credentials")
    if parts.fragment or not host or port == 0:
        raise UrlRefused("it has a fragment, or lacks a host or a port")
    address = _address(host)
    if address is not None and not (allow_private or is_public(address)):
        raise UrlRefused(f"{host} is not an address of the public internet")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port or _PORTS[parts.scheme], target)


async def resolve_destination(
    destination: Destination, resolve: Resolve, *, allow_private: bool
) -> str:
    """The address to connect to, IPv4 before IPv6.

    Raises:
        OSError: the name cannot be resolved now.
        UrlRefused: none of its addresses may be connected to.
    """
    literal = _address(destination.host)
    found = [literal] if literal else await _resolved(destination, resolve)
    allowed = [address for address in found if allow_private or is_public(address)]
    if not allowed:
        raise UrlRefused(f"{destination.host} has no address in the public internet")
    return str(min(allowed, key=lambda address: address.version))


async def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the system knows, asked in threads that nothing else waits for."""
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(
        _resolver_threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return [str(address[0]) for *_, address in found]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is one of the public internet, whatever it is wrapped in."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOT_PUBLIC)
    )


def _inner(address: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo or NAT64."""
    if isinstance(address, IPv4Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


async def _resolved(destination: Destination, resolve: Resolve) -> list[IPv4Address | IPv6Address]:
    addresses = (_address(each) for each in await resolve(destination.host, destination.port))
    return [address for address in addresses if address]


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _ascii_host(host: str) -> str:
    """The name in ASCII (IDNA); an IPv6 address has a zone in no URL that is called."""
    if "%" in host:
        raise ValueError(host)
    # Twice: characters that mean a dot (U+2024) make the labels that the first time has not seen,
    # and a name that IDNA refuses would fail in the resolver, as no OSError.
    return host.encode("idna").decode().encode("idna").decode()
