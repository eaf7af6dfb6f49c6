"""What keeps the service from running on this machine; each message says why and what to do.

StandaloneError
├── ServiceNotStarted   the port is taken, the data are in use, or it was not ready in time
├── ClusterError        Ray or the application did not start
├── EmbeddedError       an embedded server cannot run here, or not on these data
└── ProcessFailed       a child process could not be run, ended, or was not ready in time
"""


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
