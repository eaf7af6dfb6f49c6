"""When requests are sent: by a number of clients, or at a rate of arrivals.

Closed loop: each of N clients sends its next request when the last is answered.
Open loop: requests are due at even intervals whatever the server does, and a latency counts
from when its request was due: a server that stalls cannot hide the requests that it delayed
("coordinated omission"). Knows neither HTTP nor Ray: what is sent, and what is noted of the
answer, is the sender's matter. Moments are of ``time.perf_counter``.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

#: Sends the request of this number and waits for its answer; the latency counts from the
#: moment. One sender has one request on its way at a time.
Sender = Callable[[int, float], Awaitable[None]]


async def closed_loop(senders: Sequence[Sender], numbers: Iterable[int]) -> None:
    """Send the requests in turn, each by the first sender that is free.

    Args:
        senders: the clients.
        numbers: of the requests; the loop ends with them.
    """
    shared = iter(numbers)

    async def client(send: Sender) -> None:
        for number in shared:
            await send(number, time.perf_counter())

    await asyncio.gather(*map(client, senders))


async def open_loop(
    senders: Sequence[Sender], count: int, *, rate_per_s: float, grace_s: float
) -> None:
    """Send ``count`` requests at a fixed rate, whether or not earlier ones are answered.

    Args:
        senders: how many requests are on their way at most; others wait here, and their
            wait counts as latency.
        count: requests; with the rate it gives the duration.
        rate_per_s: arrivals a second, evenly spaced.
        grace_s: what is not answered so long after the last arrival is given up.
    """
    due: asyncio.Queue[tuple[int, float] | None] = asyncio.Queue()

    async def client(send: Sender) -> None:
        while (arrival := await due.get()) is not None:
            await send(*arrival)

    clients = [asyncio.create_task(client(send)) for send in senders]
    started = time.perf_counter()
    for number in range(count):
        due_at = started + number / rate_per_s
        ahead_s = due_at - time.perf_counter()
        if ahead_s > 0:  # never for a late one: what is due together leaves together
            await asyncio.sleep(ahead_s)
        due.put_nowait((number, due_at))
    for _ in senders:
        due.put_nowait(None)
    _, late = await asyncio.wait(clients, timeout=grace_s)
    for task in late:
        task.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
