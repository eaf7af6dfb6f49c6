"""One evaluation of a rule: read what is new, take a step, write what has come of it.

All in one transaction that holds the rule's row, so that replicas take turns; nothing is read but
totals by hour.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from numpy.typing import NDArray

from serve_app.alerts.calibration import BASELINE_DAYS, HourSpan
from serve_app.alerts.definition import AlertDefinition, AlertScope
from serve_app.alerts.events import insert_event, read_event, sql
from serve_app.alerts.hourly import HOURS_OF_DAY, hour_of, time_of
from serve_app.alerts.stored_state import decode_state, encode_reading, encode_state
from serve_app.alerts.totals import HourlyTotals
from serve_app.alerts.watching import (
    Step,
    WatchState,
    calibrated,
    calibration_span,
    step,
    watched_span,
)
from serve_app.store.connection import Connection
from serve_app.webhooks.outbox import encode_message, enqueue

#: Types of the messages that tell of an event.
RAISED, ENDED = "alert.raised", "alert.ended"


@dataclass(frozen=True, slots=True)
class EvaluatedRule:
    """A rule whose row is held.

    Attributes:
        workspace, id: of the row.
        definition: what it says.
        webhooks: which are told; None is all.
        state: after the last evaluation.
    """

    workspace: int
    id: UUID
    definition: AlertDefinition
    webhooks: Sequence[UUID] | None
    state: WatchState


class RuleEvaluation:
    """Evaluates rules, one at a time."""

    def __init__(self, totals: HourlyTotals, *, retry_hours: float) -> None:
        """For a replica.

        Args:
            totals: what is known of the posts.
            retry_hours: for which a message is tried.
        """
        self._totals = totals
        self._retry_hours = retry_hours

    async def evaluate(
        self, connection: Connection, workspace: int, id: UUID, now: datetime
    ) -> bool:
        """Evaluate a rule; whether a message was written for the webhooks.

        Args:
            connection: in a transaction of the workspace.
            workspace, id: which rule; nothing is done where it is gone, disabled, or held by
                another replica.
            now: the time.
        """
        row = await connection.fetchrow(sql("lock_rule"), workspace, id)
        if row is None:
            return False
        definition = AlertDefinition.from_dict(orjson.loads(row["definition"]))
        state = decode_state(row["state"])
        rule = EvaluatedRule(workspace, id, definition, row["webhooks"], state)
        time = now - timedelta(hours=definition.delay_hours)
        state = await self._calibrated(connection, rule, hour_of(time))
        led_to = await self._step(connection, rule, state, time)
        reading = encode_reading(led_to.state, led_to.finding)
        await connection.execute(
            sql("note_evaluation"), workspace, id, encode_state(led_to.state), reading
        )
        return await self._tell(connection, rule, led_to, now)

    async def _calibrated(
        self, connection: Connection, rule: EvaluatedRule, hour: int
    ) -> WatchState:
        """The state with this hour's calibration, where that is due."""
        state, watch = rule.state, rule.definition.watch
        if state.event is not None or state.calibrated == hour:
            return state
        earliest = await self._earliest(connection, rule, hour)
        span = calibration_span(watch, state, hour, earliest=earliest)
        if span is None:
            return calibrated(watch, state, hour, None)
        definition = rule.definition
        past = await self._totals.read(
            connection, rule.workspace, definition.measure, definition.scope, span
        )
        left_out = await _event_hours(connection, rule, span)
        return await asyncio.to_thread(calibrated, watch, state, hour, past, left_out)

    async def _earliest(self, connection: Connection, rule: EvaluatedRule, hour: int) -> int:
        """The hour from which posts are known, of those that a baseline can begin in."""
        longest = (BASELINE_DAYS + 1) * HOURS_OF_DAY + rule.definition.window_hours
        span = HourSpan(hour - longest, hour + 1)
        posts = await self._totals.read(connection, rule.workspace, "count", AlertScope(), span)
        hours = np.flatnonzero(posts.count)
        return span.start + int(hours[0]) if len(hours) else hour

    async def _step(
        self, connection: Connection, rule: EvaluatedRule, state: WatchState, time: datetime
    ) -> Step:
        if state.calibration is None:
            return Step(state)
        definition, watch = rule.definition, rule.definition.watch
        span = watched_span(watch, state, hour_of(time))
        recent = await self._totals.read(
            connection, rule.workspace, definition.measure, definition.scope, span
        )
        return step(watch, state, recent, time.timestamp() % 3_600 / 3_600)

    async def _tell(
        self, connection: Connection, rule: EvaluatedRule, led_to: Step, now: datetime
    ) -> bool:
        """Keep the beginning or the end of an event, with a message for the webhooks."""
        state = led_to.state
        if led_to.alarm and led_to.finding and state.event and state.calibration:
            id = await insert_event(
                connection,
                rule.workspace,
                rule.id,
                rule.definition,
                event=state.event,
                finding=led_to.finding,
                threshold=state.calibration.threshold,
                time=now,
            )
            return id is not None and await self._enqueue(connection, rule, id, RAISED, now)
        if led_to.ending:
            id = await connection.fetchval(
                sql("end_event"), rule.workspace, rule.id, now, led_to.ending
            )
            return id is not None and await self._enqueue(connection, rule, id, ENDED, now)
        return False

    async def _enqueue(
        self, connection: Connection, rule: EvaluatedRule, event: UUID, type: str, now: datetime
    ) -> bool:
        """The message of the beginning has the event's own id."""
        data: dict[str, Any] = await read_event(connection, rule.workspace, event)
        await enqueue(
            connection,
            rule.workspace,
            message_id=str(event) if type == RAISED else f"{event}-ended",
            type=type,
            body=encode_message(type, now, data),
            retry_hours=self._retry_hours,
            webhooks=rule.webhooks,
        )
        return True


async def _event_hours(
    connection: Connection, rule: EvaluatedRule, span: HourSpan
) -> NDArray[np.bool_]:
    """Which hours of a span belong to earlier events of the rule."""
    rows = await connection.fetch(
        sql("find_event_spans"), rule.workspace, rule.id, time_of(span.start)
    )
    hours = np.zeros(span.stop - span.start, np.bool_)
    for row in rows:
        first, last = hour_of(row["began_at"]) - span.start, hour_of(row["ended_at"]) - span.start
        hours[max(first, 0) : max(last + 1, 0)] = True
    return hours
