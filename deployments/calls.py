"""The calls that the driver makes: what one is asked for, and what stands for an answer that fails.

Knows no Ray: a call is any coroutine function.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from deployments.results import Section, Status
from deployments.text.document import Document
from deployments.wire import EncodedSection, encode


@dataclass(frozen=True, slots=True)
class DocumentBatch:
    """What one call is asked for.

    Attributes:
        documents: in the order in which their sections come back.
        time_left_s: for each, after how many seconds nobody waits for its section any more.
        bulk: whether all other calls of the deployment go before this one.
        readings: what the encoder's call gave, for an analysis that needs it.
        rows: for each document its number among those that were read together.
    """

    documents: Sequence[Document]
    time_left_s: Sequence[float]
    bulk: bool
    readings: object = None
    rows: Sequence[int] = ()

    @property
    def characters(self) -> int:
        """Of all its texts."""
        return sum(len(document.text) for document in self.documents)


#: One call of one analysis: as many sections as documents, in the same order.
Call = Callable[[DocumentBatch], Awaitable[list[EncodedSection]]]

#: One call of the encoder; what it gives is handed on to the analyses as it is.
Read = Callable[[DocumentBatch], Awaitable[object]]


class Overloaded(Exception):
    """The called deployment refuses more work; its texts are answered ``shed``."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How texts are batched and sent.

    Attributes:
        in_flight: batches out at a time, of bulk and of all others each.
        characters: a batch is closed at this many characters (one longer text still goes alone).
        call_timeout_s: a call without an answer after this has failed.
    """

    in_flight: int = 2
    characters: int = 40_000
    call_timeout_s: float = 60.0


_REASONS = {
    Status.SHED: "{} has more work waiting than it takes; send the text again in a moment.",
    Status.TIMEOUT: "{} was not done in time; send the text again, or with a larger timeout_ms.",
    Status.FAILED: "{} could not be reached; the server's log has the cause.",
}


def missing_section(status: Status, analysis: str, culprit: str | None = None) -> EncodedSection:
    """The section of an analysis that gave no answer, with the reason for the user.

    Args:
        status: how it ended.
        analysis: whose section it is.
        culprit: the deployment that gave no answer, if it was another one.
    """
    reason = _REASONS[status].format(f"The {culprit}" if culprit else analysis)
    detail = f"{analysis} reads with the {culprit}. {reason}" if culprit else reason
    return encode(Section(status, None, 0.0, detail=detail))
