"""Ports for servers that begin to listen a moment later."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from serve_app.standalone import ports


def test_no_outgoing_connection_takes_the_port_meanwhile() -> None:
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(given.read_text().split()[0]) if given.is_file() else 32_768
    assert all(1_024 < ports.free_port() < first for _ in range(20))


def test_a_port_that_is_taken_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        numbers: Iterator[int] = iter([taken.getsockname()[1], free])
        monkeypatch.setattr("random.randint", lambda first, last: next(numbers))
        assert ports.free_port() == free


def test_where_all_are_taken_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        monkeypatch.setattr("random.randint", lambda first, last: number)
        with pytest.raises(OSError, match="no port from 21000 to 29000 is free"):
            ports.free_port()
