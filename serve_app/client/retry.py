"""How long to wait before asking again; safe, since an analysis changes nothing."""

import random

#: Doubles with each attempt: 0.2, 0.4, 0.8, ... seconds at most.
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0


def pause_s(attempt: int, retry_after: str | None = None) -> float:
    """Seconds to wait after the failed attempt number ``attempt`` (from 0).

    Exponential with full jitter (Brooker, "Exponential Backoff And Jitter", AWS 2015), so
    that the clients of a service that comes back do not come back together; never less
    than the ``Retry-After`` the service asked for, in seconds.
    """
    ceiling_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)
    jitter_s = random.uniform(0, ceiling_s)
    asked_s = float(retry_after) if retry_after and retry_after.strip().isdecimal() else 0.0
    return min(_LONGEST_PAUSE_S, asked_s + jitter_s)
