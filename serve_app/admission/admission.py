"""Which requests are taken, and whose text goes first where not all can go at once.

A request is bulk from a certain number of characters on. Bulk, what needs no encoder, and all
others are counted apart, so that each fills up its own room alone. Knows characters; nothing of
texts or analyses.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from deployments.fair_queue import Caller
from serve_app.admission.lane import Admitted, Lane, LaneLimits
from serve_app.settings import DriverSettings

INTERACTIVE, LIGHT, BULK = "interactive", "light", "bulk"
#: The classes of requests.
LANES = (INTERACTIVE, LIGHT, BULK)


@dataclass(frozen=True, slots=True)
class Admission:
    """What one driver replica has taken on.

    Attributes:
        bulk_above: a request of more characters is bulk.
        lanes: by the class of their requests.
    """

    bulk_above: int
    lanes: dict[str, Lane]

    @classmethod
    def of(
        cls, settings: DriverSettings, clock: Callable[[], float] = time.monotonic
    ) -> "Admission":
        """Nothing is taken on yet.

        Args:
            settings: how much of each class may wait.
            clock: seconds.
        """
        at_once = settings.batches_in_flight * settings.batch_characters
        little = LaneLimits(settings.waiting_characters, settings.waiting_s, at_once)
        limits = {
            INTERACTIVE: little,
            LIGHT: little,
            BULK: LaneLimits(settings.waiting_bulk_characters, None, at_once),
        }
        lanes = {name: Lane(limits[name], clock) for name in LANES}
        return cls(settings.bulk_characters, lanes)

    @contextmanager
    def admit(
        self,
        characters: int,
        *,
        texts: int = 1,
        bulk: bool = False,
        light: bool = False,
        key: Hashable = None,
    ) -> Iterator[tuple[Caller, Admitted]]:
        """Take on a request with so many characters to analyse, until the end of the context.

        Args:
            characters: of its new texts.
            texts: how many those are.
            bulk: whether it gives way to others however short it is.
            light: whether it needs no encoder.
            key: by which it is known when it comes back after it was refused; None where it
                will not.

        Raises:
            ServiceOverloaded: too much is waiting.
        """
        bulk = bulk or characters > self.bulk_above
        lane = self.lanes[BULK if bulk else LIGHT if light else INTERACTIVE]
        with lane.admit(characters, texts=texts, key=key) as admitted:
            yield Caller(bulk=bulk), admitted
