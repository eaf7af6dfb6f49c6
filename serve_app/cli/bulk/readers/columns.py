"""Which column, or member of an object, holds the posts, and which their ids.

By the names that exports of LinkedIn, X, Meta, Mastodon and people's own tables give them,
in any case and spacing.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from serve_app.cli.bulk.readers.rows import UnreadableSource

#: Best first, as :func:`plain` writes them.
TEXT_NAMES = (
    "text", "fulltext", "posttext", "tweettext", "tweet", "content", "postcontent",
    "sharecommentary", "commentary", "message", "messagetext", "body", "selftext", "caption",
    "postcaption", "post", "comment", "commenttext", "toot", "posttitle", "description",
)  # fmt: skip
ID_NAMES = (
    "id", "postid", "tweetid", "statusid", "commentid", "messageid", "shareid", "idstr",
    "activityid", "urn", "uuid", "guid",
)  # fmt: skip

_NO_LETTER = re.compile(r"[\W_]+")


def plain(name: str) -> str:
    """A name without case, blanks and signs: "Post Title" and "post_title" are one."""
    return _NO_LETTER.sub("", name).casefold()


def ranked(names: Collection[str], usual: Sequence[str]) -> list[str]:
    """Those of ``names`` that are usual, best first."""
    ranks = {name: rank for rank, name in enumerate(usual)}
    return sorted((n for n in names if plain(n) in ranks), key=lambda n: ranks[plain(n)])


@dataclass(frozen=True, slots=True)
class Columns:
    """Places in a row.

    Attributes:
        text: of the post.
        id: of its id; None where the table has none.
        note: what a person should know about the choice, or "".
        wraps_lines: each line of a post stands in quote marks of its own, as LinkedIn's Shares.csv
            has them: ``"One""\\n""Two"``.
    """

    text: int
    id: int | None
    note: str = ""
    wraps_lines: bool = False


def choose_columns(
    header: Sequence[str], text_column: str | None, id_column: str | None
) -> Columns | None:
    """The columns of a table with this header; None if it has none for the posts.

    Raises:
        UnreadableSource: two columns have an equal claim, or the one named for ids is not there.
    """
    text = _place(header, text_column, TEXT_NAMES, "text")
    if text is None:
        return None
    post_id = _place(header, id_column, ID_NAMES, "id")
    if id_column is not None and post_id is None:
        raise UnreadableSource(
            f"There is no column '{id_column}' for ids; the header names: {', '.join(header)}."
        )
    return Columns(
        text,
        post_id,
        note="" if text_column else _note(header, text),
        wraps_lines=plain(header[text]) == "sharecommentary",
    )


def _place(
    header: Sequence[str], wanted: str | None, usual: Sequence[str], what: str
) -> int | None:
    names = [name.strip() for name in header]
    if wanted is not None:
        best = [name for name in names if name == wanted.strip()]
        best = best or [name for name in names if plain(name) == plain(wanted)]
    else:
        best = ranked(names, usual)
        best = [name for name in best if plain(name) == plain(best[0])]
    if len(best) > 1:
        raise UnreadableSource(
            f"Two columns may be the {what}: {', '.join(best)}. Give each a name of its own, or "
            f"name one with --{what}-column."
        )
    return names.index(best[0]) if best else None


def _note(header: Sequence[str], text: int) -> str:
    others = [name for name in ranked(header, TEXT_NAMES) if name != header[text]]
    if plain(header[text]) == "text" and not others:
        return ""
    rest = f", not {', '.join(others)}" if others else ""
    column = f"the column '{header[text].strip()}'{rest}"
    return f"The posts are read from {column}; --text-column names another."
