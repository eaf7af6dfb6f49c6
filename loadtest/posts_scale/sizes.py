"""What kept posts take on the disk, by table and index."""

import asyncpg

#: Tables that are parted by month count as one; so do their indexes.
_PARTS = """
WITH leaves AS (
    SELECT child.oid, parent.relname AS parent, child.reltoastrelid AS toast, parent.relkind AS kind
    FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        JOIN pg_class AS parent ON parent.oid = inhparent
), parts AS (
    SELECT parent || ', rows' AS part, pg_table_size(oid) - pg_total_relation_size(toast) AS bytes
    FROM leaves WHERE kind = 'p'
    UNION ALL
    SELECT parent || ', long values', pg_total_relation_size(toast) FROM leaves WHERE kind = 'p'
    UNION ALL
    SELECT 'index ' || parent, pg_relation_size(oid) FROM leaves WHERE kind = 'I'
    UNION ALL
    SELECT name, pg_total_relation_size(name::regclass)
    FROM unnest(ARRAY['external_ids', 'trend_blocks', 'trend_deltas']) AS name
)
SELECT part, sum(bytes)::bigint AS bytes FROM parts GROUP BY part HAVING sum(bytes) > 0
ORDER BY bytes DESC
"""


async def bytes_by_part(url: str) -> dict[str, int]:
    """Bytes of all that posts are kept in, the most first."""
    connection = await asyncpg.connect(url)
    try:
        return {row["part"]: row["bytes"] for row in await connection.fetch(_PARTS)}
    finally:
        await connection.close()
