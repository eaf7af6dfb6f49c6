"""What ``postlens doctor`` prints, and how it ends."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from rich.console import Console

from serve_app.cli.doctor import installation, machine, servers, service
from serve_app.cli.doctor.finding import Finding, Level, Setup
from serve_app.settings import Secrets

_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}

_CHECKS: Mapping[str, Callable[[Setup], Iterator[Finding]]] = {
    "python": installation.check_python,
    "service": service.check_service,
    "port": machine.check_port,
    "models": installation.check_models,
    "database": servers.check_database,
    "cache": servers.check_cache,
    "embedded": servers.check_embedded,
    "ray": installation.check_ray,
    "gpu": machine.check_gpu,
    "data": machine.check_data_dir,
    "memory": machine.check_memory,
}


def examine(*, port: int, data_dir: Path, environment: Mapping[str, str]) -> int:
    """Print every finding; 1 if any is ``fail``, else 0."""
    console = Console(soft_wrap=True)
    exit_code = 0
    for finding in _findings(Setup(port, data_dir, Secrets.from_environment(environment))):
        _print(finding, console)
        exit_code |= finding.level is Level.FAIL
    return int(exit_code)


def _findings(setup: Setup) -> Iterator[Finding]:
    """The findings, one by one as they are made."""
    for subject, check in _CHECKS.items():
        try:
            yield from check(setup)
        except Exception as error:  # a check that fails itself is a finding, not the end
            reason = str(error).partition("\n")[0] or type(error).__name__
            yield Finding(subject, Level.FAIL, reason, "Install PostLens again: pip install .")


def _print(finding: Finding, console: Console) -> None:
    console.print(f"{finding.level:<5}", style=_STYLES[finding.level], end="")
    console.print(f"{finding.subject:<10} {finding.detail}", markup=False, highlight=False)
    if finding.level is not Level.OK:
        console.print(f"{'':15} fix: {finding.fix}", markup=False, highlight=False)
