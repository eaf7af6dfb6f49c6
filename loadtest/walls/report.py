"""The evidence as a page of Markdown."""

from collections.abc import Sequence

from loadtest.environment import environment_facts, facts_line
from loadtest.walls.operations import ApiOperation
from loadtest.walls.rows import TableWall
from loadtest.walls.tally import WallTally


def page(
    tally: WallTally,
    operations: Sequence[ApiOperation],
    tables: Sequence[TableWall],
    readable: Sequence[str],
    *,
    requests: int,
    seed: int,
    took_s: float,
) -> str:
    """What was sent, what came of it, and what Postgres shows by itself."""
    total = tally.requests.total()
    whole = [table for table in tables if not table.is_partition]
    parts = [table for table in tables if table.is_partition]
    return f"""# Nothing passes the wall between workspaces

Measured by `python -m loadtest.walls --requests {requests} --seed {seed}`, which writes this page,
in {took_s:.0f} s. {facts_line(environment_facts(["fastapi", "asyncpg"]))}

## Requests

Four workspaces on one API and one Postgres, with analyses by plain rules. Each request is made from
the OpenAPI document: any operation, its parameters and its body, with ids, cursors, authors and
words of another workspace ({tally.across.total():,} of them), the sender's own, or nobody's.
External ids and Idempotency-Keys are the same in all workspaces. Each workspace's data hold a word
that nobody else sends. In rounds of 1,000 requests one workspace is silent, and all of its rows
are compared before and after.

| | |
|---|---:|
| requests | {total:,} |
| answers with a word, id or name of another workspace | {tally.leak_count} |
| requests that named another's id | {tally.named.total():,} |
| of these answered 404 | {tally.named[404]:,} |
| of these refused otherwise | {_refused(tally):,} |
| of these answered with success | {_succeeded(tally)} |
| comparisons of all rows of a silent workspace | {tally.checks:,} |
| tables in which a row had changed | {len(tally.changes)} |
| answers 500 | {tally.statuses[500]} |
| exports that broke off, as their workspace was deleted; not judged | {tally.broken_off} |

By the digest of its text, its SHA-256, {tally.by_digest:,} cached analyses were read that another
workspace had asked for: the cache is addressed by content, and who names the digest is taken to
have the text.

| operation | requests | reaching across | answered with success |
|---|---:|---:|---:|
{_operation_rows(tally, operations)}

## Rows

In the role of a workspace every table with a column `workspace` is asked for the rows of another,
for all rows of others, and, without a workspace and in one that does not exist, for any row. Rows
of the other are updated, deleted, added and moved to, each in a transaction that is rolled back.

| table | row-level security | rows of the other | read | changed |
|---|---|---:|---:|---:|
{_table_rows(whole)}
| {len(parts)} partitions, named directly | not granted | {sum(part.rows for part in parts):,} | \
{sum(part.read for part in parts)} | {sum(part.changed for part in parts)} |

Tables of no workspace that the role may read or write: {", ".join(readable) or "none"}.
{_examples(tally)}"""


def _refused(tally: WallTally) -> int:
    return sum(n for status, n in tally.named.items() if status >= 400 and status != 404)


def _succeeded(tally: WallTally) -> int:
    return sum(n for status, n in tally.named.items() if status < 400)


def _operation_rows(tally: WallTally, operations: Sequence[ApiOperation]) -> str:
    return "\n".join(
        f"| `{each.method} {each.path}` | {tally.requests[each.name]:,} "
        f"| {tally.across[each.name]:,} | {tally.successes[each.name]:,} |"
        for each in operations
    )


def _table_rows(tables: Sequence[TableWall]) -> str:
    return "\n".join(
        f"| `{table.table}` | {'yes' if table.has_policy else '**no**'} | {table.rows:,} "
        f"| {table.read} | {table.changed} |"
        for table in tables
    )


def _examples(tally: WallTally) -> str:
    notes = [*tally.leaks, *tally.changes, *tally.failures]
    return (
        "" if not notes else "\n## What went wrong\n\n" + "\n".join(f"- {n}" for n in notes) + "\n"
    )
