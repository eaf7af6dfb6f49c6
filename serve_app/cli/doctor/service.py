"""Checks of a service that runs on the data folder: whether it is whole, and what it mended."""

from collections.abc import Iterator

from serve_app.cli.doctor.finding import Finding, Level, Setup
from serve_app.standalone.lock_file import is_held
from serve_app.standalone.readiness_probe import unready_reason
from serve_app.standalone.service_state import ProcessState, ServiceState


def running_service(setup: Setup) -> ServiceState | None:
    """What the service on the data folder says of itself; None where none runs there."""
    run_dir = setup.data_dir / "run"
    return ServiceState.read(run_dir) if is_held(run_dir / "serve.lock") else None


def check_service(setup: Setup) -> Iterator[Finding]:
    """Whether the service that runs here answers, and which of its processes ended and why."""
    state = running_service(setup)
    if state is None:
        return
    reason = unready_reason(state.url)
    if reason is None:
        yield Finding("service", Level.OK, f"answers at {state.url}")
    else:
        fix = f"Wait: it starts what ended by itself. Its log: {setup.data_dir / 'logs'}"
        yield Finding("service", Level.WARN, f"{state.url} is not ready: {reason}", fix)
    for process in state.processes:
        yield _finding(process, setup)


def _finding(process: ProcessState, setup: Setup) -> Finding:
    if not process.last_end:
        return Finding("service", Level.OK, f"{process.name} runs, and never ended")
    times = f"{process.restarts} restart{'' if process.restarts == 1 else 's'}"
    detail = f"{process.name}: {times}; at {process.last_at} {process.last_end}"
    if process.up:
        fix = f"Nothing to do, unless it happens often; then see {setup.data_dir / 'logs'}"
        return Finding("service", Level.WARN, detail, fix)
    fix = (
        f"It is tried again by itself; what keeps it from starting is in {setup.data_dir / 'logs'}"
    )
    return Finding("service", Level.FAIL, f"{detail}; it is down", fix)
