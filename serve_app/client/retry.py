"""What is tried again, how often, and how long is waited before.

A request that may have been done is sent again only if doing it twice is doing it once.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from serve_app.client.answers import member_of
from serve_app.client.errors import ServiceUnreachable
from serve_app.client.transport import Answer
from serve_app.problems import PROBLEM_TYPES

#: Doubles with each attempt: 0.2, 0.4, 0.8, ... seconds at most.
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0

#: A key's limit of the minute is free again by then; who has to wait longer is told at once.
LONGEST_LIMIT_S = 60
_TOO_MANY = 429
#: The service is starting, restarting or behind a proxy that has lost it.
_RETRIED_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that may be made again.

    Attributes:
        reason: for a person.
        retry_after: the header, if there is one.
        may_be_done: whether the service may have done what it was asked for.
        refusal: the answer to be taken in the end, where it is one; it outlasts no patience.
    """

    reason: str
    retry_after: str | None = None
    may_be_done: bool = True
    refusal: Answer | None = None


def failure_of(answer: Answer) -> Failure | None:
    """The failure that an answer tells of; None where it is to be taken as it is.

    The service may answer soon: a proxy says so, or Serve knows no application yet. Serve then
    answers 404 in plain text, which PostLens never does.
    """
    if answer.status == _TOO_MANY:
        return _beyond_limit(answer)
    in_text = answer.headers.get("content-type", "").startswith("text/plain")
    no_application = answer.status == 404 and in_text and b"not found" in answer.body
    if answer.status not in _RETRIED_STATUSES and not no_application:
        return None
    # Postgres may have gone away behind a commit.
    of_store = member_of(answer, "type") == PROBLEM_TYPES["store-unavailable"].uri
    may_be_done = answer.status in (502, 504) or of_store
    return Failure(reason_of(answer), answer.headers.get("retry-after"), may_be_done)


def _beyond_limit(answer: Answer) -> Failure | None:
    """The failure of a request that fits soon; None where it never does, or in days."""
    retry_after = answer.headers.get("retry-after")
    if retry_after is None or not 0 < _seconds(retry_after) <= LONGEST_LIMIT_S:
        return None
    return Failure(reason_of(answer), retry_after, may_be_done=False, refusal=answer)


def reason_of(answer: Answer) -> str:
    """An answer that is no success, in words."""
    return f"status {answer.status}: {member_of(answer, 'detail') or 'without a reason'}"


@dataclass(frozen=True, slots=True)
class Patience:
    """How a service is asked again.

    Attributes:
        retries: further attempts after a failed one.
        patience_s: a service that has answered before, or asks to come again later, is asked
            again for so long after ``retries``.
        on_outage: told in words when that begins and when it is over.
    """

    retries: int
    patience_s: float = 0.0
    on_outage: Callable[[str], None] = lambda words: None


class Retrying:
    """Makes attempts at one service until one succeeds."""

    def __init__(self, service: str, patience: Patience) -> None:
        """Nothing was tried.

        Args:
            service: for messages.
            patience: how often and how long.
        """
        self._service = service
        self._patience = patience
        self._outage_began: float | None = None
        self.has_answered = False

    async def run(
        self, attempt: Callable[[], Awaitable[Answer | Failure]], *, repeatable: bool
    ) -> Answer:
        """The answer of the first attempt that has one.

        Args:
            attempt: makes one.
            repeatable: whether it may be made again after it may have succeeded.

        Raises:
            ServiceUnreachable: all attempts failed, or none may follow the last one.
        """
        attempts = 0
        while True:
            answer = await attempt()
            if isinstance(answer, Answer):
                self._end_outage()
                return answer
            if answer.may_be_done and not repeatable:
                raise ServiceUnreachable(self._unknown(answer.reason))
            attempts += 1
            pause = pause_s(attempts - 1, answer.retry_after)
            if attempts > self._patience.retries:
                if answer.refusal is not None:
                    return answer.refusal
                remaining_s = self._remaining_patience_s(answer)
                if remaining_s <= 0:
                    raise ServiceUnreachable(self._gave_up(attempts, answer.reason))
                pause = min(pause, remaining_s)
            await asyncio.sleep(pause)

    def _remaining_patience_s(self, failure: Failure) -> float:
        patience_s = self._patience.patience_s
        if not (self.has_answered or failure.retry_after) or not patience_s:
            return 0.0
        if self._outage_began is None:
            self._outage_began = time.monotonic()
            self._patience.on_outage(
                f"No answer from {self._service} ({failure.reason}); it is asked again for "
                f"{patience_s:g} s. Ctrl-C keeps what is done."
            )
        return self._outage_began + patience_s - time.monotonic()

    def _end_outage(self) -> None:
        self.has_answered = True
        if self._outage_began is not None:
            away_s = time.monotonic() - self._outage_began
            self._outage_began = None
            self._patience.on_outage(f"{self._service} answers again, after {away_s:.0f} s.")

    def _gave_up(self, attempts: int, reason: str) -> str:
        return (
            f"No answer from {self._service} in {attempts} attempts, the last one: {reason}. "
            "Start the service with 'postlens serve', or give the URL of one that runs."
        )

    def _unknown(self, reason: str) -> str:
        return (
            f"No answer from {self._service}: {reason}. What was asked for may have been done; "
            "see whether it was before you ask again."
        )


def pause_s(attempt: int, retry_after: str | None = None) -> float:
    """Seconds to wait after the failed attempt number ``attempt`` (from 0).

    Exponential with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015), so
    that the clients of a service that comes back do not come back together; never less
    than the ``Retry-After`` the service asked for, in seconds, up to a minute.
    """
    ceiling_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)
    return min(_seconds(retry_after), LONGEST_LIMIT_S) + random.uniform(0, ceiling_s)


def _seconds(retry_after: str | None) -> float:
    """What the header asks for; 0 where it asks for nothing, or for a date."""
    text = (retry_after or "").strip()
    return float(text) if text.isascii() and text.isdecimal() else 0.0
