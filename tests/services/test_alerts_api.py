"""/v1/alerts and /v1/webhooks over the API, on a real Postgres."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from serve_app.alerts.schemas import MAX_HOURS, MAX_NAME_CHARACTERS, MAX_POSTS
from serve_app.settings import WebhookSettings
from tests.services.asgi_client import problem
from tests.services.kept_posts import KeptPosts, kept_posts
from tests.services.webhook_receiver import receiving

#: Of nothing.
UNKNOWN_ID = "5e171383-fa5b-4c46-9923-a62c59f44646"
RULE: dict[str, Any] = {"name": "Mood", "measure": "mean_sentiment"}
HOOK = {"url": "https://hooks.example.org/postlens"}


async def _create(kept: KeptPosts, path: str, content: dict[str, Any]) -> dict[str, Any]:
    response = await kept.client.post(path, json=content)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    assert response.headers["location"] == f"{path}/{created['id']}"
    return created


async def _eventually(read: Callable[[], Awaitable[Any]], *, timeout_s: float = 30) -> Any:
    async with asyncio.timeout(timeout_s):
        while not (answer := await read()):  # noqa: ASYNC110 - only asking again tells
            await asyncio.sleep(0.1)
    return answer


class TestRules:
    async def test_what_is_left_out_has_a_default(self, kept: KeptPosts) -> None:
        rule = await _create(kept, "/v1/alerts", RULE)
        assert {name: rule[name] for name in rule if not name.endswith(("_at", "id"))} == {
            **RULE,
            "scope": {},
            "direction": "either",
            "window_hours": 168,
            "sensitivity": "medium",
            "min_posts": 20,
            "min_change": None,
            "delay_hours": 0,
            "webhooks": None,
            "enabled": True,
            "state": "new",
            "open_event": None,
            "reading": None,
        }

    async def test_a_rule_is_read_changed_and_deleted(self, kept: KeptPosts) -> None:
        hook = await _create(kept, "/v1/webhooks", HOOK)
        rule = await _create(
            kept,
            "/v1/alerts",
            {
                **RULE,
                "measure": "negative_share",
                "scope": {"entity": "Shell:ORG", "tag": "energy"},
                "webhooks": [hook["id"], hook["id"].upper()],
            },
        )
        path = f"/v1/alerts/{rule['id']}"
        assert rule["webhooks"] == [hook["id"]]
        response = await kept.client.patch(path, json={"sensitivity": "low", "name": "New"})
        changed = response.json()
        assert (changed["sensitivity"], changed["name"]) == ("low", "New")
        assert changed["scope"] == {"entity": "Shell:ORG", "tag": "energy"}
        response = await kept.client.patch(path, json={"scope": {}, "enabled": False})
        assert (response.json()["scope"], response.json()["state"]) == ({}, "disabled")
        listed = (await kept.client.get("/v1/alerts")).json()["items"]
        assert [each["id"] for each in listed] == [rule["id"]]
        assert (await kept.client.delete(path)).status_code == 204
        problem(await kept.client.get(path), "unknown-alert")

    async def test_a_rule_whose_webhook_is_gone_can_be_changed(self, kept: KeptPosts) -> None:
        hook = await _create(kept, "/v1/webhooks", HOOK)
        rule = await _create(kept, "/v1/alerts", {**RULE, "webhooks": [hook["id"]]})
        await kept.client.delete(f"/v1/webhooks/{hook['id']}")
        response = await kept.client.patch(f"/v1/alerts/{rule['id']}", json={"name": "New"})
        assert response.status_code == 200

    @pytest.mark.parametrize(
        ("content", "slug", "pointer"),
        [
            ({"name": "x"}, "missing-field", "/measure"),
            ({**RULE, "mood": 1}, "unknown-field", "/mood"),
            ({**RULE, "measure": "mean_sentimant"}, "unknown-value", "/measure"),
            ({**RULE, "measure": 1}, "wrong-type", "/measure"),
            ({**RULE, "name": ""}, "out-of-range", "/name"),
            ({**RULE, "name": "x" * (MAX_NAME_CHARACTERS + 1)}, "out-of-range", "/name"),
            ({**RULE, "name": "a\0b"}, "nul-character", "/name"),
            ({**RULE, "direction": "up"}, "unknown-value", "/direction"),
            ({**RULE, "window_hours": 0}, "out-of-range", "/window_hours"),
            ({**RULE, "window_hours": MAX_HOURS + 1}, "out-of-range", "/window_hours"),
            ({**RULE, "min_posts": 0}, "out-of-range", "/min_posts"),
            ({**RULE, "min_posts": MAX_POSTS + 1}, "out-of-range", "/min_posts"),
            ({**RULE, "min_posts": 1.5}, "wrong-type", "/min_posts"),
            ({**RULE, "min_change": 0}, "out-of-range", "/min_change"),
            ({**RULE, "min_change": 10_001}, "out-of-range", "/min_change"),
            ({**RULE, "delay_hours": MAX_HOURS + 1}, "out-of-range", "/delay_hours"),
            ({**RULE, "scope": {"author": "a", "tag": "b"}}, "contradictory-filter", "/scope"),
            ({**RULE, "scope": {"keyword": "a", "entity": "b"}}, "contradictory-filter", "/scope"),
            ({**RULE, "scope": {"entity": "  "}}, "blank-text", "/scope/entity"),
            ({**RULE, "scope": {"hashtag": "#"}}, "blank-text", "/scope/hashtag"),
            ({**RULE, "scope": {"tag": ""}}, "out-of-range", "/scope/tag"),
            ({**RULE, "scope": {"tag": "a\0"}}, "nul-character", "/scope/tag"),
            ({**RULE, "scope": []}, "wrong-type", "/scope"),
            (
                {"name": "x", "measure": "mean_ease", "scope": {"keyword": "a"}},
                "contradictory-filter",
                "/scope",
            ),
            (
                {**RULE, "webhooks": [UNKNOWN_ID]},
                "unknown-webhook",
                "/webhooks/0",
            ),
            ({**RULE, "webhooks": ["x"]}, "unknown-webhook", "/webhooks/0"),
        ],
    )
    async def test_what_is_wrong_is_told_with_its_place(
        self, kept: KeptPosts, content: dict[str, Any], slug: str, pointer: str
    ) -> None:
        told = problem(await kept.client.post("/v1/alerts", json=content), slug)
        assert told["pointer"] == pointer

    async def test_limits_are_taken_at_their_edges(self, kept: KeptPosts) -> None:
        edges = {
            "name": "x" * MAX_NAME_CHARACTERS,
            "window_hours": 1,
            "min_posts": MAX_POSTS,
            "min_change": 10_000,
            "delay_hours": MAX_HOURS,
        }
        await _create(kept, "/v1/alerts", {**RULE, **edges})
        await _create(kept, "/v1/alerts", {**RULE, "window_hours": MAX_HOURS, "min_posts": 1})

    @pytest.mark.parametrize("id", ["x", UNKNOWN_ID])
    async def test_a_rule_that_is_not_there_is_unknown(self, kept: KeptPosts, id: str) -> None:
        path = f"/v1/alerts/{id}"
        problem(await kept.client.get(path), "unknown-alert")
        problem(await kept.client.patch(path, json={"name": "x"}), "unknown-alert")
        problem(await kept.client.delete(path), "unknown-alert")

    async def test_events_that_are_not_there_are_unknown(self, kept: KeptPosts) -> None:
        for id in ("x", UNKNOWN_ID):
            path = f"/v1/alerts/events/{id}"
            problem(await kept.client.get(path), "unknown-event")
            problem(await kept.client.post(f"{path}:acknowledge"), "unknown-event")

    async def test_a_list_of_events_is_asked_for_rightly(self, kept: KeptPosts) -> None:
        path = "/v1/alerts/events"
        assert (await kept.client.get(path)).json() == {"items": [], "next_cursor": None}
        for parameters, slug in (
            ({"rule": "x"}, "unknown-alert"),
            ({"state": "half"}, "unknown-value"),
            ({"acknowledged": "perhaps"}, "wrong-type"),
            ({"limit": "201"}, "out-of-range"),
            ({"limit": "0"}, "out-of-range"),
            ({"cursor": "x"}, "invalid-cursor"),
        ):
            problem(await kept.client.get(path, params=parameters), slug)


class TestWebhooks:
    async def test_the_secret_is_shown_once(self, kept: KeptPosts) -> None:
        created = await _create(kept, "/v1/webhooks", {**HOOK, "description": "Chat"})
        secret = created.pop("secret")
        assert secret.startswith("whsec_")
        path = f"/v1/webhooks/{created['id']}"
        assert (await kept.client.get(path)).json() == created
        assert (await kept.client.get("/v1/webhooks")).json() == {"items": [created]}
        rotated = (await kept.client.post(f"{path}:rotate")).json()
        assert rotated["secret"] not in (secret, None)
        assert rotated["previous_secret_until"] is not None

    async def test_a_webhook_is_changed_and_deleted(self, kept: KeptPosts) -> None:
        created = await _create(kept, "/v1/webhooks", HOOK)
        path = f"/v1/webhooks/{created['id']}"
        types = ["alert.ended", "alert.raised", "job.ended", "alert.ended"]
        refused = await kept.client.patch(path, json={"types": types})
        problem(refused, "out-of-range")
        changed = await kept.client.patch(path, json={"types": types[:2], "enabled": False})
        assert changed.json()["types"] == types[:2]
        assert changed.json()["disabled_because"] == "switched off by hand"
        again = (await kept.client.patch(path, json={"enabled": True})).json()
        assert (again["enabled"], again["disabled_because"]) == (True, None)
        assert (await kept.client.delete(path)).status_code == 204
        problem(await kept.client.get(path), "unknown-webhook")

    @pytest.mark.parametrize(
        ("content", "slug", "pointer"),
        [
            ({}, "missing-field", "/url"),
            ({"url": "ftp://example.org"}, "refused-url", "/url"),
            ({"url": "http://127.0.0.1/"}, "refused-url", "/url"),
            ({"url": "https://hooks..example.org/"}, "refused-url", "/url"),
            ({"url": "http://[::ffff:169.254.169.254]/"}, "refused-url", "/url"),
            ({"url": "https://a:b@example.org/"}, "refused-url", "/url"),
            ({"url": "https://example.org/" + "x" * 2_000}, "out-of-range", "/url"),
            ({"url": "https://example.org/\0"}, "nul-character", "/url"),
            ({**HOOK, "types": []}, "out-of-range", "/types"),
            ({**HOOK, "types": ["post.created"]}, "unknown-value", "/types/0"),
            ({**HOOK, "description": "x" * 201}, "out-of-range", "/description"),
            ({**HOOK, "secret": "mine"}, "unknown-field", "/secret"),
        ],
    )
    async def test_what_is_wrong_is_told_with_its_place(
        self, kept: KeptPosts, content: dict[str, Any], slug: str, pointer: str
    ) -> None:
        told = problem(await kept.client.post("/v1/webhooks", json=content), slug)
        assert told["pointer"] == pointer

    @pytest.mark.parametrize("id", ["x", UNKNOWN_ID])
    async def test_a_webhook_that_is_not_there_is_unknown(self, kept: KeptPosts, id: str) -> None:
        path = f"/v1/webhooks/{id}"
        problem(await kept.client.get(path), "unknown-webhook")
        problem(await kept.client.patch(path, json={"enabled": True}), "unknown-webhook")
        problem(await kept.client.delete(path), "unknown-webhook")
        problem(await kept.client.post(f"{path}:rotate"), "unknown-webhook")
        problem(await kept.client.post(f"{path}:test"), "unknown-webhook")
        problem(await kept.client.get(f"{path}/deliveries"), "unknown-webhook")

    async def test_a_message_that_is_tested_shows_among_the_deliveries(self, url: str) -> None:
        settings = WebhookSettings(allow_private=True, timeout_s=2)
        async with receiving() as receiver, kept_posts(url, webhooks=settings) as kept:
            created = await _create(kept, "/v1/webhooks", {"url": receiver.url})
            path = f"/v1/webhooks/{created['id']}"
            for _ in range(3):
                assert (await kept.client.post(f"{path}:test")).status_code == 202
            await receiver.wait_for(3)

            async def delivered() -> Any:
                answer = await kept.client.get(f"{path}/deliveries?state=delivered")
                return answer.json() if len(answer.json()["items"]) == 3 else None

            items = (await _eventually(delivered))["items"]
            assert {item["type"] for item in items} == {"webhook.test"}
            assert {item["message_id"] for item in items} == {
                request.headers["webhook-id"] for request in receiver.requests
            }
            first = (await kept.client.get(f"{path}/deliveries?limit=2")).json()
            rest = await kept.client.get(f"{path}/deliveries?cursor={first['next_cursor']}")
            assert [*first["items"], *rest.json()["items"]] == items
            assert rest.json()["next_cursor"] is None
            retry = f"{path}/deliveries/{items[0]['id']}:retry"
            assert (await kept.client.post(retry)).status_code == 202
            await receiver.wait_for(4)
            problem(
                await kept.client.post(f"{path}/deliveries/{uuid4()}:retry"), "unknown-delivery"
            )
            problem(await kept.client.get(f"{path}/deliveries?state=half"), "unknown-value")


async def test_posts_that_turn_are_told_to_a_receiver_within_a_minute(url: str) -> None:
    """From posts over trends and a rule to a signed message, all of it real but the analyses."""
    settings = WebhookSettings(allow_private=True, timeout_s=2)
    async with receiving() as receiver, kept_posts(url, webhooks=settings) as kept:
        await _create(kept, "/v1/webhooks", {"url": receiver.url})
        now = datetime.now(UTC)
        glad, sad = "Thank you, Berlin", "Sorry, Berlin"
        history = [
            {"text": f"{sad if n % 5 == 0 else glad} {n % 40}", "published_at": _at(now, hours)}
            for n, hours in enumerate(range(24 * 33, 24, -1))
        ]
        await kept.client.post("/v1/posts", json={"posts": history})
        rule = await _create(
            kept, "/v1/alerts", {**RULE, "measure": "negative_share", "direction": "above"}
        )

        async def watching() -> Any:
            answer = (await kept.client.get(f"/v1/alerts/{rule['id']}")).json()
            return answer if answer["state"] == "watching" else None

        seen = await _eventually(watching)
        assert seen["reading"]["baseline"]["value"] == pytest.approx(0.2, abs=0.02)
        turned = [{"text": f"{sad} {n}", "published_at": _at(now, 0)} for n in range(40)]
        await kept.client.post("/v1/posts", json={"posts": turned})
        await receiver.wait_for(1, timeout_s=60)
        [event] = (await kept.client.get("/v1/alerts/events?state=open")).json()["items"]
        assert receiver.requests[0].headers["webhook-id"] == event["id"]
        assert event["value"] > 0.5
        path = f"/v1/alerts/events/{event['id']}"
        noted = await kept.client.post(f"{path}:acknowledge", json={"note": "Anna looks."})
        assert (noted.json()["note"], noted.status_code) == ("Anna looks.", 200)
        assert (await kept.client.post(f"{path}:acknowledge")).json() == noted.json()
        for parameters, found in (
            ({"acknowledged": "true"}, 1),
            ({"acknowledged": "false"}, 0),
            ({"state": "ended"}, 0),
            ({"rule": rule["id"]}, 1),
            ({"rule": UNKNOWN_ID}, 0),
        ):
            answer = await kept.client.get("/v1/alerts/events", params=parameters)
            assert len(answer.json()["items"]) == found
        assert (await kept.client.get(path)).json() == noted.json()
        alarmed = (await kept.client.get(f"/v1/alerts/{rule['id']}")).json()
        assert (alarmed["state"], alarmed["open_event"]) == ("alarmed", event["id"])


def _at(now: datetime, hours_ago: int) -> str:
    return (now - timedelta(hours=hours_ago)).isoformat()
