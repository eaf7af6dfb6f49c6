"""Which processes of a service the measurement of kills takes for which kind."""

import os
import subprocess
import sys
import time
import uuid

from loadtest.kills import processes
from serve_app.standalone.process_mark import ProcessMark

_TIMEOUT_S = 30.0


def test_a_child_that_bears_its_parents_name_is_not_another_server() -> None:
    mark = ProcessMark(uuid.uuid4().hex)
    forking = "import os, time; os.fork(); time.sleep(60)"
    server = subprocess.Popen(
        [sys.executable, "-c", forking, "bin/postgres"], env={**os.environ, **mark.variables}
    )
    try:
        deadline = time.monotonic() + _TIMEOUT_S
        while len(mark.processes()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(mark.processes()) == 2
        assert [process.pid for process in processes("Postgres", mark)] == [server.pid]
    finally:
        mark.end(timeout_s=0.0)
        server.wait()
