"""What keeps the service from running on this machine; each message says why and what to do.

StandaloneError
├── ServiceNotStarted   the port is taken, the data are in use, or it was not ready in time
├── ClusterError        Ray or the application did not start
├── EmbeddedError       an embedded server cannot run here, or not on these data
└── ProcessFailed       a child process could not be run, ended, or was not ready in time
"""


def last_line(reason: BaseException | str) -> str:
    """Of a traceback or a message of Ray: there it stands what it is about."""
    lines = [line.strip() for line in str(reason).splitlines() if line.strip()]
    if lines:
        return lines[-1]
    return "no reason was given" if isinstance(reason, str) else type(reason).__name__


class StandaloneError(Exception):
    """The service cannot run on this machine."""


class ServiceNotStarted(StandaloneError):
    """``postlens serve`` cannot serve here."""


class ClusterError(StandaloneError):
    """Ray or the application did not start."""


class EmbeddedError(StandaloneError):
    """An embedded server cannot run here, or not on these data."""


class ProcessFailed(StandaloneError):
    """A child process could not be run, ended, or was not ready in time."""
