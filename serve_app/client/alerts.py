"""Rules that watch a trend, and the events that they have found."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from serve_app.client.calls import both, each
from serve_app.client.connection import Resource, path_of
from serve_app.client.decoding import decode

_PATH, _EVENTS = path_of("alerts"), path_of("alerts", "events")
_PAGE_EVENTS = 100


class AlertOptions(TypedDict, total=False):
    """How a trend is watched; see ``POST /v1/alerts``.

    Attributes:
        scope: of which posts: author, tag, entity, keyword, hashtag.
        direction: above, below or either, of what is usual.
        window_hours: of the longest window; shorter ones are looked at too.
        sensitivity: low, medium or high.
        min_posts: of a window; fewer are not judged.
        min_change: no smaller one is told.
        delay_hours: how late posts may come.
        webhooks: ids of those that are told; None is all.
        enabled: whether it watches.
    """

    scope: Mapping[str, str]
    direction: str
    window_hours: int
    sensitivity: str
    min_posts: int
    min_change: float | None
    delay_hours: int
    webhooks: Sequence[UUID | str] | None
    enabled: bool


class AlertChanges(AlertOptions, total=False):
    """What may be changed of a rule; what is not given stays."""

    name: str
    measure: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual; of a count, posts of a mean hour."""

    value: float
    posts: int
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Window:
    """The window up to now that differs most clearly; ``score`` is a log likelihood ratio."""

    value: float
    expected: float
    posts: int
    hours: int
    score: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the last evaluation of a rule has seen; an alarm is from ``threshold`` on."""

    baseline: Baseline | None
    current: Window | None
    threshold: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """A rule of the workspace; ``state`` is new, learning, watching, alarmed or disabled."""

    id: UUID
    name: str
    measure: str
    scope: dict[str, str | None]
    direction: str
    window_hours: int
    sensitivity: str
    min_posts: int
    min_change: float | None
    delay_hours: int
    webhooks: tuple[UUID, ...] | None
    enabled: bool
    state: str
    open_event: UUID | None
    reading: Reading | None
    evaluated_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RuleName:
    """The rule of an event."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEvent:
    """A change that a rule has found: one event, one alarm.

    Attributes:
        id: also the ``webhook-id`` of its alarm.
        rule: which has found it, with ``measure`` and ``scope`` as they were then.
        direction: above or below what is usual.
        began_at: of the window that told it, of ``window_hours`` and so many ``posts``.
        raised_at, ended_at: of the alarm.
        ending: returned, settled, rule_changed or rule_disabled; None while it is open.
        value, expected: in that window, and under the baseline.
        score, threshold: how sure it is, and from where on that is an alarm.
        acknowledged_at, note: of whoever has seen it.
    """

    id: UUID
    rule: RuleName
    measure: str
    scope: dict[str, str]
    direction: str
    began_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    ending: str | None
    window_hours: int
    posts: int
    value: float
    expected: float
    score: float
    threshold: float
    acknowledged_at: datetime | None
    note: str | None


class Alerts(Resource):
    """The alert rules of the caller's workspace."""

    async def _create(self, name: str, measure: str, **options: Unpack[AlertOptions]) -> AlertRule:
        """Have a trend watched. It is not sent again where no answer came: see :meth:`all`.

        Args:
            name: for people.
            measure: such as negative_share, mean_sentiment, count or emotion:anger.
            options: of which posts, and how.

        Raises:
            RequestRefused: an option is none, or there are too many rules.
        """
        body = {"name": name, "measure": measure, **options}
        answer = await self._connection.json("POST", _PATH, body=body, repeatable=False)
        return decode(AlertRule, answer)

    create, create_async = both(_create)

    async def _all(self) -> list[AlertRule]:
        """All rules, oldest first, and how they are doing."""
        answer = await self._connection.json("GET", _PATH)
        return [decode(AlertRule, item) for item in answer["items"]]

    all, all_async = both(_all)

    async def _get(self, rule_id: UUID | str) -> AlertRule:
        """One rule, with what its last evaluation has seen."""
        return decode(AlertRule, await self._connection.json("GET", path_of("alerts", rule_id)))

    get, get_async = both(_get)

    async def _change(self, rule_id: UUID | str, **changes: Unpack[AlertChanges]) -> AlertRule:
        """Change a rule; one that watches something else begins to learn anew."""
        path, body = path_of("alerts", rule_id), dict(changes)
        return decode(AlertRule, await self._connection.json("PATCH", path, body=body))

    change, change_async = both(_change)

    async def _delete(self, rule_id: UUID | str) -> bool:
        """Delete a rule with its events; whether there was one."""
        return await self._connection.delete(path_of("alerts", rule_id), "unknown-alert")

    delete, delete_async = both(_delete)

    async def _events(
        self,
        *,
        rule: UUID | str | None = None,
        state: str | None = None,
        acknowledged: bool | None = None,
    ) -> AsyncIterator[list[AlertEvent]]:
        """What the rules have found, newest first, one by one.

        Args:
            rule: only of this one.
            state: open or ended.
            acknowledged: whether somebody has seen it.
        """
        query: dict[str, Any] = {
            "rule": rule,
            "state": state,
            "acknowledged": acknowledged,
            "limit": _PAGE_EVENTS,
        }
        async for page in self._connection.pages(_EVENTS, query):
            yield [decode(AlertEvent, item) for item in page]

    events, events_async = each(_events)

    async def _event(self, event_id: UUID | str) -> AlertEvent:
        """One event."""
        path = path_of("alerts", "events", event_id)
        return decode(AlertEvent, await self._connection.json("GET", path))

    event, event_async = both(_event)

    async def _acknowledge(self, event_id: UUID | str, note: str | None = None) -> AlertEvent:
        """Note that somebody has seen an event; the first time counts."""
        path = path_of("alerts", "events", f"{event_id}:acknowledge")
        return decode(AlertEvent, await self._connection.json("POST", path, body={"note": note}))

    acknowledge, acknowledge_async = both(_acknowledge)
