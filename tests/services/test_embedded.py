"""The embedded servers: who stops them, what survives, and what they refuse."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio as redis_client

from serve_app.standalone.embedded import EmbeddedServers
from serve_app.standalone.embedded.orphaned_servers import servers_in
from serve_app.standalone.errors import EmbeddedError, ProcessFailed
from serve_app.standalone.process_user import NOBODY, ProcessUser

ROOT = Path(__file__).parents[2]

PARENT = """
import sys, time
from pathlib import Path
from serve_app.standalone.embedded import EmbeddedServers
servers = EmbeddedServers.start(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short and open to other users, which pytest's own folders are not."""
    path = Path(tempfile.mkdtemp(prefix="postlens-"))
    path.chmod(0o755)
    yield path
    assert ends_within(lambda: processes(path), 15)
    shutil.rmtree(path)


async def write(servers: EmbeddedServers, value: str) -> None:
    database = await asyncpg.connect(servers.database_url)
    await database.execute("CREATE TABLE kept (value text)")
    await database.execute("INSERT INTO kept VALUES ($1)", value)
    await database.close()
    client = redis_client.Redis.from_url(servers.redis_url)
    await client.set("kept", value)
    await client.aclose()


async def read(servers: EmbeddedServers) -> tuple[object, object]:
    database = await asyncpg.connect(servers.database_url)
    client = redis_client.Redis.from_url(servers.redis_url, decode_responses=True)
    values = await database.fetchval("SELECT value FROM kept"), await client.get("kept")
    await database.close()
    await client.aclose()
    return values


def processes(folder: Path) -> list[int]:
    return [
        *servers_in(folder / "postgres", "postgres"),
        *servers_in(folder / "valkey", "valkey-server"),
    ]


def ends_within(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def parent_of(folder: Path, *prefix: str) -> "subprocess.Popen[str]":
    command = [*prefix, sys.executable, "-c", PARENT, str(folder)]
    parent = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    return parent


async def test_stopping_ends_both_and_the_next_start_has_the_data(folder: Path) -> None:
    servers = EmbeddedServers.start(folder)
    await write(servers, "née 👍")
    assert set(servers.pids.values()) <= set(processes(folder))
    servers.stop()
    servers.stop()
    assert processes(folder) == []
    with EmbeddedServers.start(folder) as again:
        assert again.database_url == servers.database_url
        assert await read(again) == ("née 👍", "née 👍")
    assert processes(folder) == []


async def test_a_killed_parent_takes_both_along_and_the_data_stay(folder: Path) -> None:
    with EmbeddedServers.start(folder) as servers:
        await write(servers, "kept")
    parent = parent_of(folder)
    assert len(processes(folder)) >= 2
    parent.kill()
    parent.wait()
    assert ends_within(lambda: processes(folder), 10)
    with EmbeddedServers.start(folder) as again:
        assert await read(again) == ("kept", "kept")


async def test_a_start_right_after_a_kill_waits_for_the_old_servers(folder: Path) -> None:
    with EmbeddedServers.start(folder) as servers:
        await write(servers, "kept")
    for _ in range(3):
        parent = parent_of(folder)
        parent.kill()
        parent.wait()
        with EmbeddedServers.start(folder) as again:
            assert await read(again) == ("kept", "kept")


async def test_killed_servers_leave_files_that_the_next_start_clears(folder: Path) -> None:
    servers = EmbeddedServers.start(folder)
    await write(servers, "kept")
    await asyncio.sleep(1.1)  # Valkey writes its log to disk every second
    for pid in processes(folder):
        os.kill(pid, signal.SIGKILL)
    servers.stop()
    assert (folder / "postgres" / "postmaster.pid").exists()
    stranger = os.getpid()  # the process id was given to somebody else meanwhile
    lines = (folder / "postgres" / "postmaster.pid").read_text().splitlines()
    (folder / "postgres" / "postmaster.pid").write_text("\n".join([str(stranger), *lines[1:]]))
    with EmbeddedServers.start(folder) as again:
        assert await read(again) == ("kept", "kept")


def test_a_second_start_on_the_same_data_names_the_first(folder: Path) -> None:
    parent = parent_of(folder)
    try:
        with pytest.raises(EmbeddedError, match=f"in use by process {parent.pid}"):
            EmbeddedServers.start(folder)
    finally:
        parent.kill()
        parent.wait()


async def test_a_long_data_folder_has_its_sockets_elsewhere(folder: Path) -> None:
    deep = folder / ("d" * 90) / "née"
    with EmbeddedServers.start(deep) as servers:
        await write(servers, "kept")
        assert str(deep) not in servers.database_url
        sockets = Path(servers.redis_url.removeprefix("unix://")).parent
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
        assert await read(servers) == ("kept", "kept")
    shutil.rmtree(sockets)


def listening_inodes() -> set[str]:
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    ]
    return {f"socket:[{row[9]}]" for row in rows}


def test_nothing_listens_beyond_the_unix_sockets(folder: Path) -> None:
    with EmbeddedServers.start(folder) as servers:
        for pid in servers.pids.values():
            opened = {os.readlink(entry) for entry in Path(f"/proc/{pid}/fd").iterdir()}
            assert any(name.startswith("socket:") for name in opened)
            assert not opened & listening_inodes()
        assert stat.S_IMODE((folder / "run").stat().st_mode) == 0o700


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    EmbeddedServers.start(folder).stop()
    (folder / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(ProcessFailed, match=r"(?s)postgres ended with code 1.*incompatible"):
        EmbeddedServers.start(folder)
    assert processes(folder) == []


def test_a_half_made_cluster_is_made_again(folder: Path) -> None:
    (folder / "postgres.new" / "base").mkdir(parents=True)
    with EmbeddedServers.start(folder):
        assert (folder / "postgres" / "PG_VERSION").exists()
    assert not (folder / "postgres.new").exists()


def test_another_thread_is_refused_since_its_end_would_stop_the_servers(folder: Path) -> None:
    errors: list[BaseException] = []

    def start() -> None:
        try:
            EmbeddedServers.start(folder)
        except ProcessFailed as error:
            errors.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(errors[0])


def test_ctrl_c_at_the_terminal_does_not_reach_the_servers(folder: Path) -> None:
    with EmbeddedServers.start(folder) as servers:
        groups = {os.getpgid(pid) for pid in servers.pids.values()}
        assert os.getpgid(0) not in groups


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user to become")
class TestAsRoot:
    def test_postgres_is_not_root_and_its_files_are_ours(self, folder: Path) -> None:
        with EmbeddedServers.start(folder):
            if ProcessUser.unprivileged().command_prefix:
                assert (folder / "postgres").stat().st_uid == 0

    async def test_where_namespaces_are_forbidden_postgres_runs_as_nobody(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with EmbeddedServers.start(folder) as servers:
            await write(servers, "kept")
        empty = folder / "empty"
        empty.mkdir()
        monkeypatch.setenv("PATH", str(empty))  # hides unshare, as a hardened container does
        with EmbeddedServers.start(folder) as servers:
            assert os.stat(f"/proc/{servers.pids['postgres']}").st_uid == NOBODY
            assert await read(servers) == ("kept", "kept")
        monkeypatch.undo()
        with EmbeddedServers.start(folder) as servers:
            assert await read(servers) == ("kept", "kept")

    def test_an_ordinary_user_needs_none_of_this(self, folder: Path) -> None:
        prefix = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
        if not ProcessUser.unprivileged().command_prefix:
            pytest.skip("user namespaces are forbidden here")
        parent = parent_of(folder, *prefix)
        assert len(processes(folder)) >= 2
        parent.kill()
        parent.wait()
        assert ends_within(lambda: processes(folder), 10)

    def test_killed_parent_also_where_namespaces_are_forbidden(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(folder))
        parent = parent_of(folder)
        parent.kill()
        parent.wait()
        assert ends_within(lambda: processes(folder), 10)
