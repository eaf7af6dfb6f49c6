"""Where a webhook may be sent to."""

import ipaddress

import pytest

from serve_app.outgoing.addresses import (
    MAX_URL_CHARACTERS,
    Destination,
    UrlRefused,
    is_public,
    parse_destination,
    resolve_destination,
)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.9.1", "192.168.1.1",
        "169.254.169.254",  # metadata of most clouds
        "100.100.100.200", "100.64.0.1", "192.0.0.192", "168.63.129.16",
        "192.0.2.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "fec0::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
        "2002:7f00:1::", "2002:a9fe:a9fe::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    ],
)  # fmt: skip
def test_what_is_not_of_the_public_internet_is_told(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "172.15.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"],
)
def test_what_is_public_may_be_called(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org", Destination("https", "example.org", 443, "/")),
        ("http://example.org:8080/a?b=c", Destination("http", "example.org", 8080, "/a?b=c")),
        ("https://[2606:4700::1111]:8443/", Destination("https", "2606:4700::1111", 8443, "/")),
        ("https://bücher.example/x", Destination("https", "xn--bcher-kva.example", 443, "/x")),
        ("HTTPS://EXAMPLE.org/", Destination("https", "example.org", 443, "/")),
        ("https://example.org./", Destination("https", "example.org.", 443, "/")),
        ("https://_x.example.org/", Destination("https", "_x.example.org", 443, "/")),
        (f"https://{'x' * 63}.org/", Destination("https", f"{'x' * 63}.org", 443, "/")),
    ],
)
def test_a_url_leads_somewhere(url: str, expected: Destination) -> None:
    assert parse_destination(url, allow_private=False) == expected


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org/", "https"),
        ("file:///etc/passwd", "https"),
        ("gopher://example.org/", "https"),
        ("//example.org", "https"),
        ("https://anna:secret@example.org/", "credentials"),
        ("https://@example.org/", "credentials"),
        ("https://example.org/#part", "fragment"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://example.org:0/", "port"),
        ("https://example.org:99999/", "malformed"),
        ("https://example.org:x/", "malformed"),
        ("https://[::1", "malformed"),
        ("https://[fe80::1%25eth0]/", "malformed"),
        ("https://a..b/x", "malformed"),
        ("https://.example.org/", "malformed"),
        ("https://a\u2024\u2024b/", "malformed"),  # dots once they are mapped
        (f"https://{'x' * 64}.example.org/", "malformed"),
        (f"https://{'é' * 64}.example.org/", "malformed"),
        ("https://exa mple.org/", "blanks"),
        ("https://example.org/\r\nHost: x", "blanks"),
        ("https://127.0.0.1/", "public"),
        ("https://[::1]/", "public"),
        ("http://169.254.169.254/latest/meta-data/", "public"),
        ("https://[::ffff:10.0.0.1]/", "public"),
    ],
)
def test_a_url_that_is_not_called_is_refused(url: str, why: str) -> None:
    with pytest.raises(UrlRefused, match=why):
        parse_destination(url, allow_private=False)


def test_the_longest_url_is_taken_and_a_longer_one_is_not() -> None:
    longest = "https://example.org/".ljust(MAX_URL_CHARACTERS, "x")
    parse_destination(longest, allow_private=False)
    with pytest.raises(UrlRefused, match="2,000"):
        parse_destination(longest + "x", allow_private=False)


def test_an_intranet_may_be_allowed() -> None:
    destination = parse_destination("http://10.0.0.1:8080/", allow_private=True)
    assert destination.authority == "10.0.0.1:8080"


async def _resolves_to(*addresses: str, host: str = "hooks.example.org") -> str:
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    destination = parse_destination(f"https://{host}/", allow_private=False)
    return await resolve_destination(destination, resolve, allow_private=False)


async def test_a_name_leads_to_its_public_address_ipv4_first() -> None:
    assert await _resolves_to("2606:4700::1111", "10.0.0.1", "8.8.8.8") == "8.8.8.8"
    assert await _resolves_to("2606:4700::1111") == "2606:4700::1111"


@pytest.mark.parametrize("host", ["localhost", "metadata.google.internal", "0x7f.1", "2130706433"])
async def test_a_name_that_leads_inside_is_refused(host: str) -> None:
    with pytest.raises(UrlRefused, match="no address in the public internet"):
        await _resolves_to("127.0.0.1", "::1", "fe80::1%eth0", host=host)
