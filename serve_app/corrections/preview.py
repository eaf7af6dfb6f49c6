"""What a rule would change, told before it is put in force: how many answers, and examples."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from serve_app.corrections.candidates import candidates_of, newest_candidate_ids
from serve_app.corrections.in_force import RulesInForce
from serve_app.corrections.overlay import Analysis
from serve_app.corrections.rule_book import check
from serve_app.corrections.rule_set import RuleSet
from serve_app.corrections.values import Rule, RuleKind
from serve_app.posts import repository as posts_repository
from serve_app.posts.changes import Analysed
from serve_app.posts.drafts import analysed_of
from serve_app.store.connection import Connection
from serve_app.store.database import Database

#: Candidates that are counted, and of these that are looked at, at most.
MAX_COUNTED = 10_000
MAX_LOOKED_AT = 5_000
#: Nobody waits longer for a preview; the newest are looked at first.
_LOOK_S = 3.0
_PAGE_POSTS = 100
#: Characters of an example, before and behind the place that changes.
_EXCERPT_CHARACTERS = 100

#: What became of what, somewhere in an answer: field, before, after; None is nothing.
Flip = tuple[str, str | None, str | None]


@dataclass(slots=True)
class Preview:
    """What a rule would change.

    Attributes:
        candidates: kept posts that it may change.
        all_counted: whether there are no more of them.
        looked_at: how many of them were looked at.
        changed: how many of those would change.
        flips: what would become of what, each with the number of posts.
        examples: some of the changes, as JSON.
    """

    candidates: int
    all_counted: bool
    looked_at: int = 0
    changed: int = 0
    flips: Counter[Flip] = field(default_factory=Counter)
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        """Whether all candidates were looked at."""
        return self.all_counted and self.looked_at == self.candidates

    def as_dict(self) -> dict[str, Any]:
        """The JSON object of the API."""
        flips = sorted(self.flips.items(), key=lambda each: (-each[1], str(each[0])))
        return {
            "candidates": {"value": self.candidates, "exact": self.all_counted},
            "looked_at": self.looked_at,
            "changed": {"value": self.changed, "exact": self.exact},
            "flips": [
                {"field": name, "from": before, "to": after, "posts": posts}
                for (name, before, after), posts in flips
            ],
            "examples": self.examples,
        }


async def preview(
    database: Database, rules: RulesInForce, workspace: int, rule: Rule, examples: int
) -> Preview:
    """What a rule would change if it joined the others.

    Args:
        database: where the posts are.
        rules: in force.
        workspace: whose.
        rule: not in force.
        examples: how many at most.

    Raises:
        InvalidRequest: it could not be put in force.
        StoreUnavailable: Postgres cannot be asked.
    """
    deadline = time.monotonic() + _LOOK_S
    async with database.transaction(workspace) as connection:
        others = await check(connection, workspace, rule)
        before, after = RuleSet(others), RuleSet([*others, rule])
        candidates = await candidates_of(connection, rule)
        ids, complete = await newest_candidate_ids(connection, workspace, candidates, MAX_COUNTED)
    told = Preview(len(ids), complete)
    for start in range(0, min(len(ids), MAX_LOOKED_AT), _PAGE_POSTS):
        if time.monotonic() > deadline:
            break
        async with database.transaction(workspace) as connection:
            page = ids[start : start + _PAGE_POSTS]
            posts = await _analysed(connection, workspace, page)
            said = await rules.laid_over(connection, workspace, posts, before)
            would_say = await rules.laid_over(connection, workspace, posts, after)
        for post, one, other in zip(posts, said, would_say, strict=True):
            _note(told, rule, post, one, other, examples)
        told.looked_at += len(page)
        await asyncio.sleep(0)
    return told


async def _analysed(connection: Connection, workspace: int, ids: Sequence[UUID]) -> list[Analysed]:
    posts = await posts_repository.find(connection, workspace, ids)
    return [analysed_of(posts[id]) for id in ids if id in posts and posts[id].encoded_analysis]


def _note(
    told: Preview, rule: Rule, post: Analysed, before: Analysis, after: Analysis, examples: int
) -> None:
    """Count what one post would change in, and show it if there is room for an example."""
    flips = flips_of(rule.kind, before, after)
    if not flips:
        return
    told.changed += 1
    told.flips.update(flips)
    if len(told.examples) < examples:
        told.examples.append(_example(rule, post, before, after, flips))


def flips_of(kind: RuleKind, before: Analysis, after: Analysis) -> set[Flip]:
    """What differs between two answers for one text, in the section that a kind of rule changes."""
    name = {RuleKind.ENTITY: "entities", RuleKind.KEYWORD: "keywords"}.get(kind, "sentiment")
    if before.get(name) is after.get(name):
        return set()
    one, other = before[name], after[name]
    if kind is RuleKind.SENTIMENT:
        pairs = zip(one["sentences"], other["sentences"], strict=True)
        flips = {("sentence", a["label"], b["label"]) for a, b in pairs if a["label"] != b["label"]}
        labels = {("label", one["label"], other["label"])} if one["label"] != other["label"] else ()
        return flips | set(labels)
    return set(_item_flips(kind, one["items"], other["items"]))


def _item_flips(
    kind: RuleKind, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> Iterator[Flip]:
    one, other = _by_span(before), _by_span(after)
    for span in one.keys() | other.keys():
        if one.get(span) != other.get(span):
            yield kind.value, _told(kind, one.get(span)), _told(kind, other.get(span))


def _by_span(items: Sequence[Mapping[str, Any]]) -> dict[tuple[int, int], Mapping[str, Any]]:
    return {(item["start"], item["end"]): item for item in items}


def _told(kind: RuleKind, item: Mapping[str, Any] | None) -> str | None:
    """An item in a word: the label of an entity, or that it is a keyword."""
    if item is None:
        return None
    return str(item["label"]) if kind is RuleKind.ENTITY else "keyword"


def _example(
    rule: Rule, post: Analysed, before: Analysis, after: Analysis, flips: set[Flip]
) -> dict[str, Any]:
    start, end = _place(rule, post, before, after)
    first = max(0, start - _EXCERPT_CHARACTERS)
    return {
        "post_id": str(post.id),
        "excerpt": post.text[first : end + _EXCERPT_CHARACTERS],
        "start": start,
        "end": end,
        "excerpt_start": first,
        "changes": [{"field": f, "from": a, "to": b} for f, a, b in sorted(flips, key=str)],
    }


def _place(rule: Rule, post: Analysed, before: Analysis, after: Analysis) -> tuple[int, int]:
    """The first place of the text that the rule speaks of."""
    if rule.names_items:
        name = "entities" if rule.kind is RuleKind.ENTITY else "keywords"
        gone = _by_span(before[name]["items"]).keys() - _by_span(after[name]["items"]).keys()
        return min(gone, default=(0, 0))
    marks = RuleSet([rule]).marks(post, post.analysis).of(rule.kind)
    return (marks[0].start, marks[0].end) if marks else (0, 0)
