"""Limits of keys and usage by the client and on the command line, over real HTTP."""

import json
import time
from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result

from serve_app.cli.commands import main
from serve_app.client import PostLens
from serve_app.client.errors import RequestRefused
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url, keys=["acme:root"]) as api:
        yield api


def run(api: RunningApi, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--url", api.url, "--api-key", "root"])


def test_a_key_with_limits_is_made_changed_and_listed(api: RunningApi) -> None:
    made = run(api, "keys", "create", "k", "--posts-per-minute", "5", "--json")
    key = json.loads(made.stdout)
    assert (key["posts_per_minute"], key["posts_per_month"]) == (5, None)
    changed = run(
        api, "keys", "change", key["id"],
        "--name", "other", "--posts-per-minute", "none", "--characters-per-month", "1000",
    )  # fmt: skip
    assert "may send: 1,000 characters/month" in changed.stdout
    with PostLens.over_http(api.url, "root") as postlens:
        found = postlens.keys.get(key["id"])
    assert (found.name, found.posts_per_minute, found.characters_per_month) == ("other", None, 1000)
    assert "characters/month" in run(api, "keys", "list").stdout


@pytest.mark.parametrize("value", ["0", "1000001", "many"])
def test_a_limit_out_of_its_range_is_refused(api: RunningApi, value: str) -> None:
    assert run(api, "keys", "create", "k", "--posts-per-minute", value).exit_code == 2


def test_a_change_of_nothing_is_refused(api: RunningApi) -> None:
    assert "Name what is to be changed" in run(api, "keys", "change", "id").stderr


def test_usage_is_shown_with_what_is_left(api: RunningApi) -> None:
    with PostLens.over_http(api.url, "root") as postlens:
        key = postlens.keys.create("k", posts_per_month=10)
        assert key.key is not None
        with PostLens.over_http(api.url, key.key) as caller:
            _until_known(caller)
            with pytest.raises(RequestRefused, match="never fits"):
                caller.analyze_many(["Thanks!"] * 11)
            caller.analyze_many(["Thanks!"] * 3)
        for _ in range(100):
            report = postlens.usage.get(key=key.id)
            if report.total.posts:
                break
            time.sleep(0.1)
    assert (report.total.posts, report.total.characters, report.total.requests) == (3, 21, 1)
    assert [month.posts_left for month in report.months] == [7]
    shown = run(api, "usage", "--key", str(key.id)).stdout
    assert "7 posts" in shown
    assert json.loads(run(api, "usage", "--json").stdout)["total"]["posts"] == 3
    assert "must be a day" in run(api, "usage", "--since", "today").stderr


def _until_known(caller: PostLens) -> None:
    for _ in range(100):
        try:
            caller.posts.find()
            return
        except RequestRefused:
            time.sleep(0.01)
