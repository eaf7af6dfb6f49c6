"""How much is loaded and measured, and the goals that figures stand beside."""

from dataclasses import dataclass

#: p95 of all lists, of searches, of counts.
LIST_GOAL_MS = 50.0
#: p95 of all trends over a year.
TREND_GOAL_MS = 300.0
IMPORT_GOAL_PER_S = 20_000
#: Half of what an analysed text takes in the tables of analyses (storage.json).
BYTES_GOAL = 3_900
DAYS = 1_096


@dataclass(frozen=True, slots=True)
class PostsScalePlan:
    """Sizes of one run.

    Attributes:
        posts: that are loaded.
        read: texts that the models read.
        drafts: different analyses of each writer.
        writers: processes that load.
        requests: of each kind.
        import_rows: of the file that is imported.
        created: posts that are sent to each route of a whole service.
        days: over which the loaded posts are spread.
    """

    posts: int = 1_000_000
    read: int = 300
    drafts: int = 10_000
    writers: int = 3
    requests: int = 5
    import_rows: int = 100_000
    created: int = 1_000
    days: int = DAYS


FULL = PostsScalePlan()
QUICK = PostsScalePlan(
    posts=20_000, read=60, drafts=1_000, writers=2, requests=4, import_rows=20_000, created=200
)
