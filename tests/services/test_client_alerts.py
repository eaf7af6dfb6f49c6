"""The client's alerts and webhooks, and the commands of both, against the real API."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest

from serve_app.client import PostLens, RequestRefused
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url, keys=("acme:a-key", "other:another")) as running:
        yield running


@pytest.fixture
def client(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url, api_key="a-key") as postlens:
        yield postlens


def postlens(api: RunningApi, *arguments: object) -> Any:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTLENS_")}
    return subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**clean, "POSTLENS_URL": api.url, "POSTLENS_API_KEY": "another"},
        timeout=60,
        check=False,
    )


def test_a_rule_is_made_changed_and_deleted(client: PostLens) -> None:
    rule = client.alerts.create(
        "Shell in a bad light",
        "negative_share",
        scope={"entity": "shell:ORG"},
        direction="above",
        sensitivity="low",
        min_posts=30,
    )
    assert isinstance(rule.id, UUID)
    assert (rule.scope["entity"], rule.min_posts, rule.state) == ("shell:ORG", 30, "new")
    assert client.alerts.get(rule.id).name == "Shell in a bad light"
    assert [each.id for each in client.alerts.all()] == [rule.id]
    changed = client.alerts.change(rule.id, name="Shell", enabled=False)
    assert (changed.name, changed.state, changed.min_posts) == ("Shell", "disabled", 30)
    assert client.alerts.delete(rule.id) is True
    assert client.alerts.delete(rule.id) is False
    assert client.alerts.all() == []


def test_a_rule_that_is_none_is_refused(client: PostLens) -> None:
    with pytest.raises(RequestRefused) as refused:
        client.alerts.create("x", "happiness")
    assert refused.value.pointer == "/measure"
    with pytest.raises(RequestRefused) as refused:
        client.alerts.get(uuid4())
    assert refused.value.type == "/problems/unknown-alert"
    with pytest.raises(RequestRefused) as refused:
        client.alerts.acknowledge(uuid4(), "seen")
    assert refused.value.type == "/problems/unknown-event"


def test_events_are_none_where_nothing_was_found(client: PostLens) -> None:
    assert list(client.alerts.events(state="open", acknowledged=False)) == []
    with pytest.raises(RequestRefused):
        list(client.alerts.events(state="over"))


def test_a_receiver_is_named_and_has_its_secret_once(client: PostLens) -> None:
    hook = client.webhooks.create("https://example.org/hook", description="The newsroom")
    assert hook.secret
    assert hook.secret.startswith("whsec_")
    assert (hook.types, hook.enabled) == (("alert.raised",), True)
    assert client.webhooks.get(hook.id).secret is None
    changed = client.webhooks.change(hook.id, types=["alert.ended"], enabled=False)
    assert (changed.types, changed.enabled) == (("alert.ended",), False)
    rotated = client.webhooks.rotate(hook.id)
    assert rotated.secret not in (None, hook.secret)
    assert rotated.previous_secret_until
    assert list(client.webhooks.deliveries(hook.id)) == []
    with pytest.raises(RequestRefused):
        client.webhooks.retry(hook.id, uuid4())
    assert [each.id for each in client.webhooks.all()] == [hook.id]
    assert client.webhooks.delete(hook.id) is True
    assert client.webhooks.delete(hook.id) is False


def test_a_receiver_is_sent_a_test(client: PostLens) -> None:
    hook = client.webhooks.create("https://example.org/hook")
    client.webhooks.test(hook.id)
    [delivery] = client.webhooks.deliveries(hook.id)
    assert delivery.type == "webhook.test"
    client.webhooks.delete(hook.id)


async def test_the_async_twins_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url, api_key="a-key") as client:
        rule = await client.alerts.create_async("Posts", "count")
        assert await client.alerts.get_async(rule.id) == rule
        assert [event async for event in client.alerts.events_async(rule=rule.id)] == []
        assert await client.alerts.delete_async(rule.id)


def test_rules_are_seen_to_on_the_command_line(api: RunningApi) -> None:
    nothing = postlens(api, "alerts", "list")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "There are no alert rules.\n"
    made = postlens(
        api, "alerts", "create", "Shell [x]", "negative_share", "--scope", "entity=shell:ORG",
        "--direction", "above", "--json",
    )  # fmt: skip
    rule = json.loads(made.stdout)
    assert (rule["scope"]["entity"], rule["direction"]) == ("shell:ORG", "above")
    shown = postlens(api, "alerts", "list").stdout.splitlines()
    assert shown[0].split()[:5] == ["id", "name", "measure", "scope", "state"]
    assert rule["id"] in shown[1]
    assert "Shell [x]" in shown[1]
    assert "entity=shell:ORG" in shown[1]
    assert "disabled" in postlens(api, "alerts", "disable", rule["id"]).stdout
    assert "disabled" not in postlens(api, "alerts", "enable", rule["id"]).stdout
    events = postlens(api, "alerts", "events", "--rule", rule["id"], "--unacknowledged")
    assert (events.returncode, events.stderr) == (0, "No such event.\n")
    gone = postlens(api, "alerts", "delete", rule["id"], rule["id"])
    assert (gone.returncode, gone.stdout) == (1, "1 rule deleted\n")


def test_receivers_are_seen_to_on_the_command_line(api: RunningApi) -> None:
    nothing = postlens(api, "webhooks", "list")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "There are no webhooks.\n"
    address = "https://example.org/hook"
    made = postlens(api, "webhooks", "create", address, "--description", "Desk [x]")
    assert "secret  whsec_" in made.stdout
    [webhook] = json.loads(postlens(api, "webhooks", "list", "--json").stdout)
    assert (webhook["url"], webhook["types"]) == (address, ["alert.raised"])
    id = webhook["id"]
    shown = postlens(api, "webhooks", "get", id).stdout.splitlines()
    assert shown[0].split() == ["id", "url", "types", "state", "description"]
    assert shown[1].split() == [id, address, "alert.raised", "enabled", "Desk", "[x]"]
    changed = postlens(
        api, "webhooks", "change", id, "--to", f"{address}/2", "--type", "alert.raised",
        "--type", "alert.ended", "--json",
    )  # fmt: skip
    now = json.loads(changed.stdout)
    assert (now["url"], now["types"]) == (f"{address}/2", ["alert.raised", "alert.ended"])
    assert "disabled" in postlens(api, "webhooks", "change", id, "--disable").stdout
    assert "enabled" in postlens(api, "webhooks", "change", id, "--enable").stdout
    rotated = json.loads(postlens(api, "webhooks", "rotate", id, "--json").stdout)
    assert rotated["secret"] not in made.stdout
    assert postlens(api, "webhooks", "test", id).returncode == 0
    [delivery] = postlens(api, "webhooks", "deliveries", id, "--json").stdout.splitlines()
    assert json.loads(delivery)["type"] == "webhook.test"
    header, line = postlens(api, "webhooks", "deliveries", id).stdout.splitlines()
    assert header.split()[:4] == ["id", "created", "type", "state"]
    assert json.loads(delivery)["id"] in line
    again = postlens(api, "webhooks", "retry", id, uuid4())
    assert (again.returncode, "has no delivery" in again.stderr) == (1, True)
    gone = postlens(api, "webhooks", "delete", id, id)
    assert (gone.returncode, gone.stdout) == (1, "1 webhook deleted\n")
    assert postlens(api, "webhooks", "change", id).returncode == 2


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["create", "x", "happiness"], 1, "/measure"),
        (["create", "x", "count", "--scope", "shell"], 2, "Write it as entity=shell:ORG"),
        (["acknowledge", uuid4()], 1, "There is no event"),
        (["enable", "x"], 1, "There is no alert rule"),
    ],
)
def test_what_goes_wrong_is_said(
    api: RunningApi, arguments: list[object], code: int, said: str
) -> None:
    done = postlens(api, "alerts", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
