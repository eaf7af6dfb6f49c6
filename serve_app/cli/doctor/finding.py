"""What a check is given and what it gives.

Each check gives findings and never raises; only ``fail`` keeps the service from working.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from serve_app.settings import Secrets


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check, and for anything but ``ok`` how to fix it."""

    subject: str
    level: Level
    detail: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """How the service would be started: the checks read nothing of it elsewhere."""

    port: int
    data_dir: Path
    secrets: Secrets
