"""What so many posts a day need: the arithmetic of docs/scale.md.

    python -m loadtest.capacity [--set NAME=VALUE ...] [--write]

prints its tables. Inputs are measured figures where the JSON files in loadtest/results have them
(scale.json, storage.json, gpu.json, and the object ``capacity`` of results.json), else the
defaults below; ``--set`` overrides either. ``--write`` puts the tables into docs/scale.md.
"""

import argparse
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from deployments.results import ANALYSES
from loadtest.capacity.inputs import Inputs, SourcedInputs
from loadtest.paths import RESULTS, ROOT

PAGE = ROOT / "docs" / "scale.md"
SIZES = (1_000_000, 100_000_000, 1_000_000_000)

_DAY_S = 86_400
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class ShippedCapacity:
    """The ceilings of what comes with PostLens: configs/production.yaml and its manifests."""

    gpus: int = 4
    replicas_per_analysis: int = 4
    drivers: int = 8
    redis_gib: float = 1.5
    postgres_gib: float = 200


@dataclass(frozen=True, slots=True)
class CapacityNeed:
    """What one size needs at its peak; fractions are rounded only where they are printed."""

    posts_per_day: float
    peak_posts_per_s: float
    analysed_per_s: float
    encoder_cores: float
    cores_by_analysis: Mapping[str, float]
    gpus: float
    drivers: float
    redis_gib: float
    redis_processes: float
    rows_per_s: float
    postgres_writers: float
    postgres_gib: float
    gbit_per_s: float


def need(posts_per_day: float, inputs: Inputs) -> CapacityNeed:
    """Every formula of the page."""
    peak = posts_per_day / _DAY_S * inputs.peak_factor
    analysed = peak * (1 - inputs.hit_share)
    new_per_day = posts_per_day * (1 - inputs.hit_share)
    cores_per_ms = analysed / 1000 / inputs.use
    drivers = peak * inputs.hit_share / inputs.driver_hits_per_s
    drivers += analysed / inputs.driver_misses_per_s
    # A hit is one read; a miss is a read and a write.
    redis_ops = peak + analysed
    rows = analysed * inputs.postgres_rows
    return CapacityNeed(
        posts_per_day=posts_per_day,
        peak_posts_per_s=peak,
        analysed_per_s=analysed,
        encoder_cores=inputs.encoder_ms * cores_per_ms,
        cores_by_analysis={n: getattr(inputs, f"{n}_ms") * cores_per_ms for n in ANALYSES},
        gpus=analysed / inputs.gpu_posts_per_s / inputs.use,
        drivers=drivers / inputs.use,
        redis_gib=new_per_day * inputs.cache_days * inputs.redis_bytes / _GIB,
        redis_processes=redis_ops / inputs.redis_ops_per_s / inputs.use,
        rows_per_s=rows,
        postgres_writers=rows / inputs.postgres_rows_per_s / inputs.use,
        postgres_gib=new_per_day * inputs.retention_days * inputs.postgres_bytes / _GIB,
        gbit_per_s=peak * (inputs.request_bytes + inputs.answer_bytes) * 8 / 1e9,
    )


@dataclass(frozen=True, slots=True)
class CapacityLimit:
    """A part of the shipped configuration, and the posts a day at which it is full."""

    part: str
    has: str
    posts_per_day: float
    then: str


def limits(inputs: Inputs, shipped: ShippedCapacity | None = None) -> list[CapacityLimit]:
    """All of them, the first to be reached first.

    Every need grows in proportion to the posts, so that one size tells all.
    """
    shipped = shipped or ShippedCapacity()
    one = need(1_000_000, inputs)
    slowest, cores = max(one.cores_by_analysis.items(), key=lambda pair: pair[1])
    parts: list[tuple[str, str, float, float, str]] = [
        (slowest, "replicas", shipped.replicas_per_analysis, cores,
         "more of them (`max_replicas`), more CPU workers"),
        ("cards", "GPUs", shipped.gpus, one.gpus, "`maxReplicas` of the GPU workers"),
        ("drivers", "replicas", shipped.drivers, one.drivers,
         "`max_replicas`, and Postgres' `max_connections` (4 for each)"),
        ("Redis' memory", "GiB", shipped.redis_gib, one.redis_gib,
         "nothing fails, records live shorter: more memory, then a cluster"),
        ("Redis' operations", "process", 1, one.redis_processes, "a cluster"),
        ("Postgres' writes", "server", 1, one.postgres_writers,
         "several servers, chosen by the digest's first byte"),
        ("Postgres' disk", "GiB", shipped.postgres_gib, one.postgres_gib,
         "a larger volume; delete by age; several servers"),
    ]  # fmt: skip
    rows = [
        CapacityLimit(part, f"{has:g} {unit}", 1_000_000 * has / needed, then)
        for part, unit, has, needed, then in parts
    ]
    return sorted(rows, key=lambda limit: limit.posts_per_day)


def tables(sourced: SourcedInputs) -> str:
    """The page's tables, in Markdown."""
    needs = [need(size, sourced.inputs) for size in SIZES]
    return "\n\n".join(
        (
            "### Inputs",
            _inputs_table(sourced),
            "### Needs",
            _needs_table(needs, sourced.inputs),
            "### Limits of what is shipped, the first one first",
            _limits_table(limits(sourced.inputs)),
        )
    )


def _inputs_table(sourced: SourcedInputs) -> str:
    rows = [
        (f"`{f.name}`", _figure(getattr(sourced.inputs, f.name)), f.metadata["meaning"],
         sourced.sources.get(f.name, "default"))
        for f in fields(Inputs)
    ]  # fmt: skip
    return _table(("input", "value", "meaning", "from"), rows, "lrll")


def _needs_table(needs: list[CapacityNeed], inputs: Inputs) -> str:
    rows = [
        ("peak posts/s", *(_figure(n.peak_posts_per_s) for n in needs)),
        ("of these analysed/s", *(_figure(n.analysed_per_s) for n in needs)),
        (
            "replicas of encoder: **on CPUs alone**, a core each",
            *(_whole(n.encoder_cores) for n in needs),
        ),
        ("or **with GPUs**, a card each", *(_whole(n.gpus) for n in needs)),
        *_replicas([n.cores_by_analysis for n in needs]),
        ("**drivers**: replicas, a core each", *(_whole(n.drivers) for n in needs)),
        ("**Redis**: GiB", *(_figure(n.redis_gib) for n in needs)),
        (f"nodes of {inputs.redis_gib:g} GiB", *(_nodes(n, inputs) for n in needs)),
        ("**Postgres**: rows/s", *(_figure(n.rows_per_s) for n in needs)),
        ("servers to write them", *(_whole(n.postgres_writers) for n in needs)),
        (f"GiB after {inputs.retention_days:g} days", *(_figure(n.postgres_gib) for n in needs)),
        ("**network**: Gbit/s", *(_figure(n.gbit_per_s) for n in needs)),
    ]
    head = ("posts a day", *(_size(n.posts_per_day) for n in needs))
    return _table(head, rows, "l" + "r" * len(needs))


def _replicas(cores: list[Mapping[str, float]]) -> list[tuple[str, ...]]:
    return [
        (f"replicas of {name}, a core each", *(_whole(each[name]) for each in cores))
        for name in cores[0]
    ]


def _nodes(need: CapacityNeed, inputs: Inputs) -> str:
    return _whole(max(need.redis_gib / inputs.redis_gib / inputs.use, need.redis_processes))


def _limits_table(limits: list[CapacityLimit]) -> str:
    rows = [(x.part, x.has, f"{_figure(x.posts_per_day / 1e6)} M", x.then) for x in limits]
    return _table(("part", "shipped", "full at posts a day", "what to do then"), rows, "llrl")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], align: str) -> str:
    marks = ["---:" if side == "r" else "---" for side in align]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, tuple(marks), *rows))


def _whole(value: float) -> str:
    return f"{math.ceil(value - 1e-9):,}"


def _figure(value: float) -> str:
    """Two digits that count, or all of an integer's."""
    if value == int(value) and value < 1e6:
        return f"{int(value):,}"
    digits = max(0, 1 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{round(value, digits):,}" if digits else f"{round(value):,}"


def _size(posts: float) -> str:
    return f"{posts / 1e9:g} B" if posts >= 1e9 else f"{posts / 1e6:g} M"


_MARKED = re.compile(r"(<!-- tables: .*? -->\n).*?(<!-- end of tables -->)", re.S)


def with_tables(page: str, content: str) -> str:
    """The page with these tables between its marks."""
    return _MARKED.sub(lambda match: f"{match[1]}\n{content}\n\n{match[2]}", page)


def _pair(words: str) -> tuple[str, float]:
    name, _, value = words.partition("=")
    return name, float(value)


def main() -> None:
    """Print the tables, or put them into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--set", type=_pair, action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--write", action="store_true", help="into docs/scale.md")
    arguments = parser.parse_args()
    content = tables(SourcedInputs.read(RESULTS, dict(arguments.set)))
    if arguments.write:
        PAGE.write_text(with_tables(PAGE.read_text(), content))
    print(content)


if __name__ == "__main__":
    main()
