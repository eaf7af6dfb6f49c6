"""What the processes of a server take: processor time and resident memory.

Every process that a measured server starts inherits one environment variable, so that also
what has left its tree is found (HAProxy's workers, Ray's daemons).
"""

import contextlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import psutil

MARK = "LOADTEST_SERVER"


@dataclass(frozen=True, slots=True)
class Usage:
    """The processes of a server at one moment.

    Attributes:
        cpu_s: user and system time of those that live, since their start.
        pss_bytes: proportional set size: what they share is counted once.
        rss_bytes: resident size by process name; what they share is counted in each.
        peak_rss_bytes: the sum of each process' largest resident size.
    """

    cpu_s: float
    pss_bytes: int
    rss_bytes: dict[str, int]
    peak_rss_bytes: int

    def described(self) -> str:
        """One line for people."""
        return (
            f"{self.cpu_s:.1f} s CPU, {self.pss_bytes / 2**20:,.0f} MB of memory (PSS), "
            f"peaks of its processes {self.peak_rss_bytes / 2**20:,.0f} MB (RSS)"
        )


def marked(mark: str) -> list[psutil.Process]:
    """The living processes that carry this mark, and all that descend from them.

    A mark alone would not do: a process that tells its state in its title, as Ray's do,
    writes it over its environment now and then.
    """
    parents = {process: _parent(process) for process in psutil.process_iter()}
    ours = {process.pid for process in parents if _carries(process, mark)}
    while more := {p.pid for p, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return [process for process in parents if process.pid in ours]


def usage(mark: str) -> Usage:
    """What the processes of this mark take now."""
    cpu_s, pss, peak = 0.0, 0, 0
    rss: dict[str, int] = defaultdict(int)
    for process in marked(mark):
        with contextlib.suppress(psutil.Error):
            times, memory = process.cpu_times(), process.memory_full_info()
            cpu_s += times.user + times.system
            pss += memory.pss
            peak += _peak_rss_bytes(process)
            rss[_name(process)] += memory.rss
    return Usage(cpu_s, pss, dict(rss), peak)


def end(mark: str, *, patience_s: float = 5.0) -> int:
    """Ask the processes of this mark to end, then kill the rest; how many there were."""
    processes = marked(mark)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=patience_s)
    return len(processes)


def _carries(process: psutil.Process, mark: str) -> bool:
    with contextlib.suppress(psutil.Error):  # ended meanwhile, or is another user's
        return bool(process.environ().get(MARK) == mark)
    return False


def _parent(process: psutil.Process) -> int | None:
    with contextlib.suppress(psutil.Error):
        return int(process.ppid())
    return None


def _peak_rss_bytes(process: psutil.Process) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def _name(process: psutil.Process) -> str:
    """The deployment of a Serve replica, else the program's name."""
    title = (process.cmdline() or [process.name()])[0]
    _, _, rest = title.partition("ServeReplica:")
    return rest.split(":")[1].split("#")[0] if rest.count(":") else process.name()
