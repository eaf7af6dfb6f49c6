"""The kept posts that a rule may change, found by the index of full-text search.

A post in which a phrase stands by itself has its words side by side in ``search``, whatever the
language that they were stemmed by (:mod:`serve_app.corrections.phrases` says where a phrase stands
by itself). Stop words are in no index: posts of a language in which a phrase has no others are
looked through. Items of answers are terms. Knows the columns of posts, no rule of an overlay.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from serve_app.corrections.values import Rule, RuleKind
from serve_app.posts.searched_text import searched_text
from serve_app.posts.terms import PLAIN_TEXT_SEARCH, TEXT_SEARCH, rule_term, term
from serve_app.store.connection import Connection
from serve_app.store.queries import query

_FOLDER = Path(__file__).parent
_FIRST_ID = UUID(int=0)
#: Texts that are looked through in a few seconds.
_WINDOW_POSTS = 100_000
_ITEM_TERMS = {RuleKind.KEYWORD: "k", RuleKind.ENTITY: "e"}


@dataclass(frozen=True, slots=True)
class Candidates:
    """A condition on posts.

    Attributes:
        search: of full-text search: all that may be changed.
        sure: the part of it that needs no look at the text; None is all of it.
        patterns: one of which the text of the others is like.
        author: of the posts; None is any.
    """

    search: str
    sure: str | None
    patterns: Sequence[str]
    author: str | None


async def candidates_of(connection: Connection, rule: Rule) -> Candidates:
    """Which posts a rule may change, or has changed."""
    changed = lexeme(rule_term(str(rule.id)))
    if rule.names_items:
        sure = " | ".join([changed, *map(lexeme, _item_terms(rule))])
        return Candidates(_within_scope(sure, rule), None, (), rule.author)
    configurations = _configurations(rule)
    searched = {searched_text(phrase): phrase for phrase in rule.phrases}
    arguments = list(searched), list(configurations)
    words = await connection.fetchval(_sql("phrase_query"), *arguments)
    sure = f"{changed} | {words}" if words else changed
    stopped = await connection.fetch(_sql("stop_phrases"), *arguments)
    if not stopped:
        return Candidates(_within_scope(sure, rule), None, (), rule.author)
    languages = [lexeme(term("l", configurations[row["configuration"]])) for row in stopped]
    patterns = {pattern(searched[each]) for row in stopped for each in row["phrases"]}
    every = " | ".join([sure, *languages])
    return Candidates(_within_scope(every, rule), sure, sorted(patterns), rule.author)


@dataclass(frozen=True, slots=True)
class PostWindow:
    """Posts after one, up to another; ``last`` is None up to the end."""

    after: UUID | None = None
    last: UUID | None = None


async def window_of(
    connection: Connection, workspace: int, candidates: Candidates, after: UUID | None
) -> PostWindow:
    """So many posts after another as can be looked through at a time; all, where an index helps."""
    if candidates.sure is None:
        return PostWindow(after)
    find = _sql("find_window_end")
    last = await connection.fetchval(find, workspace, after or _FIRST_ID, _WINDOW_POSTS)
    return PostWindow(after, last and UUID(int=last.int))


async def candidate_ids(
    connection: Connection, workspace: int, candidates: Candidates, window: PostWindow, limit: int
) -> list[UUID]:
    """The first of the posts in a window, in order of id."""
    rows = await connection.fetch(
        _sql("find_candidates"), workspace, window.after or _FIRST_ID, window.last, limit,
        candidates.search, candidates.sure, list(candidates.patterns), candidates.author,
    )  # fmt: skip
    return [UUID(int=row["id"].int) for row in rows]


async def newest_candidate_ids(
    connection: Connection, workspace: int, candidates: Candidates, limit: int
) -> tuple[list[UUID], bool]:
    """The newest of the posts, the newest first; whether that is all of them."""
    first = None
    if candidates.sure is not None:
        find = _sql("find_window_begin")
        first = await connection.fetchval(find, workspace, _WINDOW_POSTS)
    rows = await connection.fetch(
        _sql("find_newest_candidates"), workspace, first, limit + 1,
        candidates.search, candidates.sure, list(candidates.patterns), candidates.author,
    )  # fmt: skip
    ids = [UUID(int=row["id"].int) for row in rows]
    return ids[:limit], first is None and len(ids) <= limit


def lexeme(text: str) -> str:
    """A lexeme as a query of full-text search writes it."""
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def pattern(phrase: str) -> str:
    """A pattern of LIKE for all texts that a phrase may stand in."""
    return f"%{''.join(map(_pattern_sign, phrase))}%"


def _pattern_sign(sign: str) -> str:
    # Any one sign for what has another case, or is compared as if it were another.
    return sign if sign.isascii() and sign.isalnum() else "_"


def _configurations(rule: Rule) -> dict[str, str]:
    """Configurations of full-text search that the words of posts may be stemmed by.

    Each with its language; there is none whose words are left as they are, and no stop words.
    """
    if rule.language is not None:
        return {TEXT_SEARCH.get(rule.language, PLAIN_TEXT_SEARCH): rule.language}
    return {name: language for language, name in TEXT_SEARCH.items()} | {PLAIN_TEXT_SEARCH: ""}


def _item_terms(rule: Rule) -> Iterator[str]:
    """Terms of items that the phrases are the names of, with either kind of apostrophe."""
    for phrase in rule.phrases:
        for apostrophe in "'\u2019" if "'" in phrase or "\u2019" in phrase else "'":
            name = phrase.replace("\u2019", "'").replace("'", apostrophe)
            yield term(_ITEM_TERMS[rule.kind], name)


def _within_scope(search: str, rule: Rule) -> str:
    parts = [f"({search})"]
    if rule.language is not None:
        parts.append(lexeme(term("l", rule.language)))
    if rule.tag is not None:
        parts.append(lexeme(f"g:{rule.tag}"))
    return " & ".join(parts)


def _sql(name: str) -> str:
    return query(name, _FOLDER)
