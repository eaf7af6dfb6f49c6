"""What becomes of a post while it is answered, told to who asked: sections, and times.

Told within the event loop. Knows neither HTTP nor how a section is computed.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

#: Takes the name of an analysis, and its section as JSON as the caller asked for it.
OnSection = Callable[[str, bytes], None]


@dataclass(slots=True)
class AnswerProgress:
    """Who follows one post.

    Attributes:
        on_section: told of each section as soon as it is there; nobody if None.
        stages: how long the post was in each stage, in seconds; see
            :func:`deployments.driver.stages`. Empty where nothing had to be computed.
        lenient: whether who asked would rather have a part of the answer than none where too much
            is waiting.
        retry_after_s: when to ask for the rest, where the answer is such a part.
    """

    on_section: OnSection | None = None
    stages: dict[str, float] = field(default_factory=dict)
    lenient: bool = False
    retry_after_s: int | None = None


def milliseconds(stages: Mapping[str, float], started_at: float) -> dict[str, float]:
    """The time of each stage and in total, in milliseconds.

    Args:
        stages: seconds, by stage.
        started_at: when the request was understood: of :func:`time.perf_counter`.
    """
    seconds = {**stages, "total": time.perf_counter() - started_at}
    return {name: round(value * 1000, 3) for name, value in seconds.items()}
