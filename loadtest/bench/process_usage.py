"""What the processes of a server take: processor time and memory."""

import contextlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class ProcessUsage:
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

    def summary(self) -> str:
        """One line for people."""
        return (
            f"{self.cpu_s:.1f} s CPU, {self.pss_bytes / 2**20:,.0f} MB of memory (PSS), "
            f"peaks of its processes {self.peak_rss_bytes / 2**20:,.0f} MB (RSS)"
        )


def process_usage(processes: Iterable[psutil.Process]) -> ProcessUsage:
    """What these processes take now; one that ends meanwhile is left out."""
    cpu_s, pss_bytes, peak_rss_bytes = 0.0, 0, 0
    rss_bytes: dict[str, int] = defaultdict(int)
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times, memory = process.cpu_times(), process.memory_full_info()
            cpu_s += times.user + times.system
            pss_bytes += memory.pss
            peak_rss_bytes += _peak_rss_bytes(process)
            rss_bytes[_name(process)] += memory.rss
    return ProcessUsage(cpu_s, pss_bytes, dict(rss_bytes), peak_rss_bytes)


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
