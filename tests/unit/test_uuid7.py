"""Ids that sort by time."""

from datetime import UTC, datetime, timedelta

from serve_app.store.uuid7 import time_of, uuid7, uuid7s


def test_many_ids_are_distinct_and_ascend_between_those_before_and_after() -> None:
    ids = [uuid7(), *uuid7s(10_000), *uuid7s(1), uuid7()]
    assert ids == sorted(set(ids))


def test_an_id_is_a_uuid_of_its_moment() -> None:
    before = datetime.now(UTC)
    ids = uuid7s(3)
    assert {(id.version, id.variant) for id in ids} == {(7, "specified in RFC 4122")}
    for id in ids:
        assert abs(time_of(id) - before) < timedelta(seconds=5)


def test_no_ids_are_none() -> None:
    assert uuid7s(0) == []
