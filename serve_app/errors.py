"""What keeps the service from answering.

    ServiceError
    ├── InvalidRequest     the caller can put it right; carries the problem
    ├── ServiceOverloaded  more is waiting than the service takes on
    └── StoreUnavailable   Postgres cannot be asked

Arguments are positional, so that each can be pickled between replicas.
"""

from serve_app.problems import Problem


class ServiceError(Exception):
    """The service cannot answer this."""


class InvalidRequest(ServiceError):
    """The request is not one that can be answered; ``problem`` says what, where and how to fix."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        where = f" (at {self.problem.pointer})" if self.problem.pointer else ""
        return f"{self.problem.detail}{where} {self.problem.fix}"


class ServiceOverloaded(ServiceError):
    """More is waiting than the service takes on; worth another try in ``retry_after_s``."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        return f"The service has more waiting than it takes on; try in {self.retry_after_s} s."


class StoreUnavailable(ServiceError):
    """What needs the database cannot be answered now."""
