"""Which column, or member of an object, holds the posts, their ids and what else is read of them.

By the names that exports of LinkedIn, X, Meta, Mastodon, Reddit and people's own tables give them,
in any case and spacing.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from serve_app.files.post_columns import derived_columns
from serve_app.files.rows import ReadOptions, UnreadableSource

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
EXTERNAL_ID_NAMES = ("externalid", *ID_NAMES)

#: Likewise for what else is read; no name stands twice.
FURTHER_NAMES: Mapping[str, Sequence[str]] = {
    "author": (
        "author", "authorname", "authorusername", "authorhandle", "username", "screenname",
        "userscreenname", "handle", "user", "postedby", "accountusername", "accountname",
        "account", "attributedto", "profilename", "pagename", "from", "fromname", "sender",
        "sendername", "owner", "creator",
    ),
    "url": (
        "url", "permalink", "permalinkurl", "posturl", "postlink", "postpermalink",
        "tweetpermalink", "tweeturl", "tweetlink", "sharelink", "shareurl", "commenturl", "link",
    ),
    "published_at": (
        "publishedat", "published", "datepublished", "publishtime", "publishedtime", "publishdate",
        "publisheddate", "postedat", "postedon", "posteddate", "dateposted", "postdate",
        "posttime", "createdat", "created", "createdtime", "createdutc", "createddate",
        "creationtime", "creationtimestamp", "senttime", "date", "datetime", "timestamp", "time",
    ),
    "language": ("language", "lang", "languagecode", "postlanguage"),
    "tags": ("tags", "tag", "labels", "categories", "category"),
    "metadata": ("metadata",),
}  # fmt: skip

#: Where the columns that are kept under their names stand among the fields of a row.
KEPT = "kept"
#: Keeps every column that nothing else is read from.
ALL_OTHERS = "*"

#: So many are named in a note.
_NAMED_COLUMNS = 20

_NO_LETTER = re.compile(r"[\W_]+")


def plain(name: str) -> str:
    """A name without case, blanks and signs: "Post Title" and "post_title" are one."""
    return _NO_LETTER.sub("", name).casefold()


def ranked(names: Collection[str], usual: Sequence[str]) -> list[str]:
    """Those of ``names`` that are usual, best first."""
    ranks = {name: rank for rank, name in enumerate(usual)}
    return sorted((n for n in names if plain(n) in ranks), key=lambda n: ranks[plain(n)])


def id_names(reading: ReadOptions) -> Sequence[str]:
    """The usual names of ids: an export of ours has the caller's own beside its own."""
    return EXTERNAL_ID_NAMES if reading.further else ID_NAMES


@dataclass(frozen=True, slots=True)
class Columns:
    """Places in a row.

    Attributes:
        text: of the post.
        id: of its id; None where the table has none.
        notes: what a person should know about the choice.
        wraps_lines: each line of a post stands in quote marks of its own, as LinkedIn's Shares.csv
            has them: ``"One""\\n""Two"``.
        further: of what else is read, by field.
        kept: of what is kept under the column's name.
    """

    text: int
    id: int | None
    notes: Sequence[str] = ()
    wraps_lines: bool = False
    further: Mapping[str, int] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)

    @property
    def takes_more(self) -> bool:
        """Whether anything is read beside text and id."""
        return bool(self.further or self.kept)

    def fields_of(self, cells: Sequence[Any]) -> dict[str, Any]:
        """What else the row with these cells has; empty cells are nothing."""
        fields = {name: cells[place] for name, place in self.further.items() if cells[place]}
        if self.kept:
            fields[KEPT] = {n: cells[place] for n, place in self.kept.items() if cells[place]}
        return fields


def choose_columns(header: Sequence[str], reading: ReadOptions) -> Columns | None:
    """The columns of a table with this header; None if it has none for the posts.

    Raises:
        UnreadableSource: two columns have an equal claim, or one that was named is not there.
    """
    names = [name.strip() for name in header]
    text = _place(names, reading.text_column, TEXT_NAMES, "text", reading)
    if text is None:
        return None
    id_field = "external_id" if reading.further else "id"
    post_id = _named_place(names, reading.id_column, id_names(reading), id_field, reading)
    further = _further(names, {text, post_id}, reading)
    taken = {text, post_id, *further.values()}
    kept = _kept(names, taken, reading)
    notes = [] if reading.text_column else [_note(names, text, reading)]
    unread = _unread(names, {*taken, *kept.values()})
    notes.append(unread_note([names[place] for place in unread], reading))
    return Columns(
        text,
        post_id,
        notes=[note for note in notes if note],
        wraps_lines=plain(names[text]) == "sharecommentary",
        further=further,
        kept=kept,
    )


def _further(
    names: Sequence[str], taken: Collection[int | None], reading: ReadOptions
) -> dict[str, int]:
    places: dict[str, int] = {}
    if reading.further is None:
        return places
    for name, usual in FURTHER_NAMES.items():
        wanted = reading.further.columns.get(name)
        place = _named_place(names, wanted, usual, name, reading)
        if place is not None and (wanted or place not in taken):
            places[name] = place
    return places


def _kept(
    names: Sequence[str], taken: Collection[int | None], reading: ReadOptions
) -> dict[str, int]:
    places: dict[str, int] = {}
    for wanted in reading.further.kept if reading.further else ():
        if wanted == ALL_OTHERS:
            places |= {names[place]: place for place in _unread(names, taken)}
        else:
            place = _named_place(names, wanted, (), "keep", reading)
            places |= {} if place is None else {names[place]: place}
    return places


def _unread(names: Sequence[str], taken: Collection[int | None]) -> list[int]:
    """The places that nothing is read from; what an export of ours has beside posts is no loss."""
    derived = derived_columns(names)
    return [
        place
        for place, name in enumerate(names)
        if place not in taken and name and name not in derived
    ]


def _named_place(
    names: Sequence[str],
    wanted: str | None,
    usual: Sequence[str],
    what: str,
    reading: ReadOptions,
) -> int | None:
    place = None if wanted == "" else _place(names, wanted, usual, what, reading)
    if wanted and place is None:
        raise UnreadableSource(
            f"There is no column '{wanted}' for {_PLURALS.get(what, what)}; the header names: "
            f"{', '.join(names)}."
        )
    return place


_PLURALS = {"id": "ids", "external_id": "ids", "keep": "metadata"}


def _place(
    names: Sequence[str],
    wanted: str | None,
    usual: Sequence[str],
    what: str,
    reading: ReadOptions,
) -> int | None:
    if wanted is not None:
        best = [name for name in names if name == wanted.strip()]
        best = best or [name for name in names if plain(name) == plain(wanted)]
    else:
        best = ranked(names, usual)
        best = [name for name in best if plain(name) == plain(best[0])]
    if len(best) > 1:
        raise UnreadableSource(
            f"Two columns may be the {what}: {', '.join(best)}. Give each a name of its own, or "
            f"name one with {reading.option(f'{what}-column')}."
        )
    return names.index(best[0]) if best else None


def _note(names: Sequence[str], text: int, reading: ReadOptions) -> str:
    others = [name for name in ranked(names, TEXT_NAMES) if name != names[text]]
    if plain(names[text]) == "text" and not others:
        return ""
    rest = f", not {', '.join(others)}" if others else ""
    column = f"the column '{names[text]}'{rest}"
    return f"The posts are read from {column}; {reading.option('text-column')} names another."


def unread_note(names: Sequence[str], reading: ReadOptions) -> str:
    """What to say of columns that nothing is read from; "" where only texts are asked for."""
    if not names or reading.further is None:
        return ""
    shown = [name[:60] for name in names[:_NAMED_COLUMNS]]
    more = f" and {len(names) - len(shown):,} more" if len(names) > len(shown) else ""
    option = reading.option("keep-column")
    return f"Not kept: {', '.join(shown)}{more}; {option}NAME keeps one, {option}* all."
