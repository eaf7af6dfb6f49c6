"""How soon marks follow a key that is pressed, over the draft channel of a running service.

    python -m loadtest.draft_channel [--url URL] [--drafts 5] [--seed 1]

types the ends of seeded drafts of 600 characters of prose, a key every 120 ms with a moment's
thought behind each sentence, and writes loadtest/results/DRAFTS.md. A key counts from when its
text was sent until the first marks that know of it: those of its own text, or of a newer one.
Beside it, in the same minutes, whole new posts of that length by POST, as the page asked before
there was a channel.
"""

import argparse
import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import httpx
import numpy as np
import orjson
from websockets.asyncio.client import ClientConnection, connect

from deployments.text.document import Document
from loadtest.environment import environment_facts, facts_line
from loadtest.generator.posts import PostGenerator
from loadtest.paths import RESULTS
from serve_app.drafts.channel import PAUSE_S

_CHARACTERS = 600
#: Of each draft so many are typed, when all others stand there already.
_TYPED = 150
_KEY_S = 0.12
#: Behind a sentence, longer than what has a draft analysed whole.
_THOUGHT_S = 1.0
_POSTS = 20
_GOAL_MS = 100
_PAGE = RESULTS / "DRAFTS.md"


@dataclass(slots=True)
class TypedDraft:
    """What was seen of one draft; moments are seconds of :func:`time.perf_counter`.

    Attributes:
        pressed: when each text was sent, by its id.
        marked: when marks of a text came first, by its id.
        whole: when the whole answer to a text was there, by its id.
    """

    pressed: dict[int, float] = field(default_factory=dict)
    marked: dict[int, float] = field(default_factory=dict)
    whole: dict[int, float] = field(default_factory=dict)

    def waits_ms(self) -> list[float]:
        """From each key to the first marks that know of it; infinite where none came."""
        waits = []
        for id, pressed in self.pressed.items():
            later = [moment for other, moment in self.marked.items() if other >= id]
            waits.append((min(later, default=math.inf) - pressed) * 1000)
        return waits

    @property
    def own_share(self) -> float:
        """Share of the keys whose own text was marked before the next key."""
        return len(self.marked.keys() & self.pressed.keys()) / len(self.pressed)

    def settled_ms(self) -> list[float]:
        """From the end of the pause behind a text to its whole answer."""
        texts = self.whole.keys() & self.pressed.keys()
        return [(self.whole[id] - self.pressed[id] - PAUSE_S) * 1000 for id in texts]


def prose(generator: PostGenerator, count: int) -> list[str]:
    """So many beginnings of posts that end in a sentence: keys in a tail of links change none."""
    texts: list[str] = []
    while len(texts) < count:
        [post] = generator.of_length(1, 2 * _CHARACTERS)
        last = Document.read(post).sentences[-1]
        if last.end > _CHARACTERS and not post[_CHARACTERS - 1].isspace():
            texts.append(post[:_CHARACTERS])
    return texts


async def type_draft(url: str, text: str) -> TypedDraft:
    """Type the end of a text whose beginning was analysed."""
    seen = TypedDraft()
    begun = asyncio.Event()
    async with connect(url.replace("http", "ws", 1) + "/v1/drafts", proxy=None) as channel:
        listening = asyncio.create_task(_listen(channel, seen, begun))
        start = len(text) - _TYPED
        await channel.send(_message(start, text[:start]))
        await begun.wait()
        for length in range(start + 1, len(text) + 1):
            seen.pressed[length] = time.perf_counter()
            await channel.send(_message(length, text[:length]))
            await asyncio.sleep(_THOUGHT_S if text[length - 1] in ".!?" else _KEY_S)
        await asyncio.sleep(2 * _THOUGHT_S)
        listening.cancel()
    return seen


async def _listen(channel: ClientConnection, seen: TypedDraft, begun: asyncio.Event) -> None:
    async for message in channel:
        now = time.perf_counter()
        answer = orjson.loads(message)
        if "problem" in answer:
            raise RuntimeError(answer["problem"]["detail"])
        if "draft" in answer or answer.get("section") == "sentiment":
            seen.marked.setdefault(answer["id"], now)
        if "done" in answer:
            seen.whole[answer["id"]] = now
            begun.set()


def _message(id: int, text: str) -> str:
    return orjson.dumps({"id": id, "text": text, "offsets": "utf16"}).decode()


async def post_whole(url: str, texts: Sequence[str]) -> list[float]:
    """Milliseconds of each whole answer by POST, one after the other."""
    times = []
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        for text in texts:
            started_at = time.perf_counter()
            (await client.post("/v1/analyze", json={"text": text})).raise_for_status()
            times.append((time.perf_counter() - started_at) * 1000)
            await asyncio.sleep(_KEY_S)
    return times


def _row(name: str, times_ms: Sequence[float]) -> str:
    figures = [*np.percentile(times_ms, [50, 95]), max(times_ms)]
    return f"| {name} | {len(times_ms)} | {' | '.join(f'{figure:.0f}' for figure in figures)} |"


def page(drafts: Sequence[TypedDraft], posts_ms: Sequence[float], facts: dict[str, str]) -> str:
    """The page of results."""
    waits = [wait for draft in drafts for wait in draft.waits_ms()]
    settled = [wait for draft in drafts for wait in draft.settled_ms()]
    own = np.mean([draft.own_share for draft in drafts])
    p95 = np.percentile(waits, 95)
    verdict = "met" if p95 < _GOAL_MS else "missed"
    return f"""# Drafts: from a key to its marks

`python -m loadtest.draft_channel` types the last {_TYPED} of {_CHARACTERS} characters of
{len(drafts)} drafts into the channel of a running service, a key every {_KEY_S * 1000:.0f} ms and
{_THOUGHT_S:g} s behind a sentence ([how it works](../../docs/drafts.md)). Measured to the arrival
of the marks at a client on the same machine; what a browser takes to paint them is not in it.

| milliseconds | times | p50 | p95 | slowest |
|---|---:|---:|---:|---:|
{_row("key to the first marks that know of it", waits)}
{_row("end of the pause to the whole answer", settled)}
{_row("a whole new post of that length by `POST /v1/analyze`", posts_ms)}

The goal, a p95 below {_GOAL_MS} ms from key to marks, is {verdict}: {p95:.0f} ms. {own:.0%} of the
texts were marked before the next key; of the others the marks of a newer text were the first.

{facts_line(facts)}
"""


async def measure(url: str, count: int, seed: int) -> str:
    """Type so many drafts; the page."""
    facts = environment_facts(["ray", "websockets"])
    generator = PostGenerator(seed)
    drafts = [await type_draft(url, text) for text in prose(generator, count)]
    return page(drafts, await post_whole(url, prose(generator, _POSTS)), facts)


def main() -> None:
    """Measure, print and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--drafts", type=int, default=5)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**31)
    arguments = parser.parse_args()
    written = asyncio.run(measure(arguments.url, arguments.drafts, arguments.seed))
    print(written)
    _PAGE.write_text(written)


if __name__ == "__main__":
    main()
