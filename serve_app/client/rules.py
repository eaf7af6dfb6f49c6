"""Rules for all posts of a workspace, by which answers are put right."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypedDict, Unpack
from uuid import UUID

from pydantic import Field

from serve_app.client.calls import both, each
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode

_PATH = path_of("rules")
_PAGE_RULES = 100


class RuleOptions(TypedDict, total=False):
    """To which posts a rule applies; see ``POST /v1/rules``.

    Attributes:
        match_case: by default of entities.
        instead_of: of a sentiment rule: only sentences of this label are changed.
        language, author, tag: of these posts alone.
    """

    match_case: bool
    instead_of: str | None
    language: str | None
    author: str | None
    tag: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the workspace.

    Attributes:
        kind: sentiment, entity or keyword.
        phrases: where one of them stands.
        value: a polarity; a label, None for no entity; whether it is a keyword.
        state: applying, in_force, withdrawing or withdrawn.
        candidates: kept posts that it may change; None until they are counted.
        looked_at, changed: how many of them have been.
    """

    id: UUID
    kind: str
    phrases: tuple[str, ...]
    value: str | bool | None
    instead_of: str | None
    match_case: bool
    language: str | None
    author: str | None
    tag: str | None
    created_at: datetime
    state: str
    candidates: int | None
    looked_at: int
    changed: int


@dataclass(frozen=True, slots=True)
class AtLeast:
    """How many; at least so many where that is not ``exact``."""

    value: int
    exact: bool


@dataclass(frozen=True, slots=True)
class Flip:
    """What would become of what, and in how many posts; None is that it is not there."""

    field: str
    old: Annotated[str | None, Field(alias="from")]
    new: Annotated[str | None, Field(alias="to")]
    posts: int = 1


@dataclass(frozen=True, slots=True)
class FlipExample:
    """A kept post that would change, ``start`` to ``end`` of its text."""

    post_id: UUID
    excerpt: str
    start: int
    end: int
    excerpt_start: int
    changes: tuple[Flip, ...]


@dataclass(frozen=True, slots=True)
class RulePreview:
    """What a rule would change of the kept posts that it may change."""

    candidates: AtLeast
    looked_at: int
    changed: AtLeast
    flips: tuple[Flip, ...]
    examples: tuple[FlipExample, ...]


class Rules(Resource):
    """The rules of the caller's workspace."""

    async def _preview(
        self,
        kind: str,
        phrases: Sequence[str],
        value: str | bool | None,
        *,
        examples: int = 5,
        **options: Unpack[RuleOptions],
    ) -> RulePreview:
        """What a rule would change; nothing is put in force.

        Args:
            kind: see :meth:`create`.
            phrases: likewise.
            value: likewise.
            examples: how many at most.
            options: likewise.
        """
        answer = await self._connection.json(
            "POST",
            path_of("rules:preview"),
            query={"examples": examples},
            body=_body(kind, phrases, value, options),
        )
        return decode(RulePreview, answer)

    preview, preview_async = both(_preview)

    async def _create(
        self,
        kind: str,
        phrases: Sequence[str],
        value: str | bool | None,
        **options: Unpack[RuleOptions],
    ) -> Rule:
        """Put a rule in force: for new answers at once, for kept posts in the background.

        It is not sent again where no answer came: see :meth:`find`.

        Args:
            kind: sentiment, entity or keyword.
            phrases: found where they stand by themselves.
            value: a polarity; a label, or None for no entity; whether it is a keyword.
            options: to which posts it applies.

        Raises:
            RequestRefused: it is none, or contradicts another.
        """
        body = _body(kind, phrases, value, options)
        return decode(Rule, await self._connection.json("POST", _PATH, body=body, repeatable=False))

    create, create_async = both(_create)

    async def _find(self, *, state: str | None = None) -> AsyncIterator[list[Rule]]:
        """The rules, newest first, one by one; withdrawn ones are told of for 30 days.

        Args:
            state: only those that are applying, in_force, withdrawing or withdrawn.
        """
        async for page in self._connection.pages(_PATH, {"state": state, "limit": _PAGE_RULES}):
            yield [decode(Rule, item) for item in page]

    find, find_async = each(_find)

    async def _get(self, rule_id: UUID | str) -> Rule:
        """One rule, and how far kept posts follow it."""
        return decode(Rule, await self._connection.json("GET", path_of("rules", rule_id)))

    get, get_async = both(_get)

    async def _withdraw(self, rule_id: UUID | str) -> Rule:
        """Undo a rule: kept posts become exactly what they were, in the background."""
        return decode(Rule, await self._connection.json("DELETE", path_of("rules", rule_id)))

    withdraw, withdraw_async = both(_withdraw)


def _body(
    kind: str, phrases: Sequence[str], value: str | bool | None, options: RuleOptions
) -> dict[str, Any]:
    return {"kind": kind, "phrases": list(phrases), "value": value, **options}
