"""What one caller's huge batch costs the others, measured on a running service.

    python -m loadtest.huge_batch [--url URL] [--seconds 30]

sends short new posts one after the other: alone, beside one call with 8 MiB of new text, and
after that call's caller hung up. Prints a row of each as Markdown.
"""

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import numpy as np
import orjson

from loadtest.environment import environment_facts, facts_line
from loadtest.generator.posts import PostGenerator
from serve_app.request.post import MAX_BODY_BYTES, MAX_CHARACTERS

_SHORT_CHARACTERS = 300
_PAUSE_S = 0.1
_HEADER = (
    "| short posts | answers | p50 ms | p95 ms | slowest ms | sections |\n|---|---|---|---|---|---|"
)


def huge_batch(seed: int) -> bytes:
    """As many distinct posts of the longest kind as fit into one body."""
    prose = " ".join(PostGenerator(seed).of_length(400, 1_000)).encode("ascii", "ignore").decode()
    count = (MAX_BODY_BYTES - 20) // (MAX_CHARACTERS + 12)
    texts = (f"{n} {prose[n * 400 :]}"[:MAX_CHARACTERS] for n in range(count))
    posts = [{"text": text.replace("\n", " ").replace('"', "'")} for text in texts]
    return orjson.dumps({"posts": posts})


async def ask_steadily(
    client: httpx.AsyncClient, texts: Sequence[str], stop: asyncio.Event
) -> list[tuple[float, Mapping[str, Any]]]:
    """Seconds and answer of each post, sent when the one before is answered."""
    answers = []
    for text in texts:
        if stop.is_set():
            break
        started_at = time.perf_counter()
        response = await client.post("/v1/analyze", json={"text": text})
        answers.append((time.perf_counter() - started_at, response.raise_for_status().json()))
        await asyncio.sleep(_PAUSE_S)
    return answers


def row(name: str, answers: Sequence[tuple[float, Mapping[str, Any]]]) -> str:
    """The table's row of these answers."""
    times_ms = np.array([seconds for seconds, _ in answers]) * 1000
    statuses = Counter(
        part["status"]
        for _, answer in answers
        for part in answer.values()
        if isinstance(part, dict) and "status" in part
    )
    figures = (np.percentile(times_ms, 50), np.percentile(times_ms, 95), times_ms.max())
    shown = " | ".join(f"{figure:.0f}" for figure in figures)
    sections = ", ".join(f"{count} {status}" for status, count in statuses.most_common())
    return f"| {name} | {len(answers)} | {shown} | {sections} |"


def batch_summary(response: httpx.Response, seconds: float) -> str:
    """What became of the posts of the huge batch."""
    items = response.raise_for_status().json()["items"]
    outcomes: Counter[str] = Counter()
    for item in items:
        if item["status"] == "error":
            outcomes[item["error"]["type"].rpartition("/")[2]] += 1
        else:
            sections = [part for part in item["result"].values() if isinstance(part, dict)]
            statuses = {part["status"] for part in sections if "status" in part}
            outcomes["whole" if statuses == {"ok"} else "in part"] += 1
    told = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    return f"The batch of {len(items)} posts was answered after {seconds:.1f} s: {told}."


async def measure(url: str, seconds: float) -> None:
    """Print the rows, one phase after the other."""
    seed = time.time_ns() % 2**31
    count = int(seconds / _PAUSE_S)
    posts = PostGenerator(seed).of_length(3 * count, _SHORT_CHARACTERS)
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        print(_HEADER, flush=True)
        await _measure_for(client, "alone", posts[:count], seconds)
        started_at = time.perf_counter()
        headers = {"content-type": "application/json"}
        path = "/v1/analyze/batch"
        huge = asyncio.create_task(client.post(path, content=huge_batch(seed), headers=headers))
        await asyncio.sleep(0.5)
        stop = asyncio.Event()
        huge.add_done_callback(lambda _: stop.set())
        beside = await ask_steadily(client, posts[count : 2 * count], stop)
        print(row("beside the huge batch", beside), flush=True)
        told = batch_summary(await huge, time.perf_counter() - started_at)
        again = asyncio.create_task(
            client.post(path, content=huge_batch(seed + 1), headers=headers)
        )
        await asyncio.sleep(3)
        again.cancel()
        await _measure_for(client, "after hanging up on another", posts[2 * count :], seconds)
    print(f"\n{told}")


async def _measure_for(
    client: httpx.AsyncClient, name: str, posts: Sequence[str], seconds: float
) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    print(row(name, await ask_steadily(client, posts, stop)), flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--seconds", type=float, default=30)
    arguments = parser.parse_args()
    print(facts_line(environment_facts(["ray"])) + "\n")
    asyncio.run(measure(arguments.url, arguments.seconds))


if __name__ == "__main__":
    main()
