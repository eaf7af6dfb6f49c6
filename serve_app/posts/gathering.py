"""Posts gathered from the indexes of what they have in common, whatever the order of the list."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from serve_app.posts.conditions import Arguments, Matches, Outside, split, with_days
from serve_app.posts.listing import Key, Listing
from serve_app.store.connection import Connection, QueryRow
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent


async def gather(connection: Connection, listing: Listing, limit: int) -> list[Key]:
    """The keys of the first posts of a list, of which all are looked up.

    To plan for all months takes ten milliseconds, so a plan that is made once is used where there
    is but one way: by the terms, and what they leave is compared with the bounds of the order.
    """
    bounds, others = split(with_days(listing.conditions), listing.order.columns)
    if not others or not all(isinstance(each, Matches) for each in others):
        return await gather_planned(connection, listing, limit)
    arguments = Arguments()
    # Which months are left out is known when the query begins.
    others += [each for each in bounds if isinstance(each, Outside)]
    sql = _sql("gather_by_terms").format(
        column=listing.order.column,
        terms=arguments.where(listing.workspace, others),
        bounds=" AND ".join(arguments.each(bounds)) or "TRUE",
        order=listing.order.sql,
        limit=arguments.add(limit, "integer"),
    )
    return keys_of(await connection.fetch(sql, *arguments.values))


async def gather_planned(connection: Connection, listing: Listing, limit: int) -> list[Key]:
    """The same by a plan for these very conditions, which knows how many posts each leaves."""
    arguments = Arguments()
    sql = _sql("gather").format(
        column=listing.order.column,
        conditions=arguments.where(listing.workspace, with_days(listing.conditions)),
        order=listing.order.sql,
        limit=arguments.add(limit, "integer"),
    )
    return keys_of(await fetch_planned(connection, sql, arguments.values))


async def fetch_planned(
    connection: Connection, sql: str, arguments: Sequence[Any]
) -> list[QueryRow]:
    """The rows of a query whose plan is made for these very arguments."""
    await connection.execute(_sql("plan_each_time"))
    rows = await connection.fetch(sql, *arguments)
    await connection.execute(_sql("plan_once"))
    return rows


def keys_of(rows: list[QueryRow]) -> list[Key]:
    """The keys in rows with ``value`` and ``id``."""
    return [(row["value"], UUID(int=row["id"].int)) for row in rows]


def _sql(name: str) -> str:
    return query(name, _FOLDER)
