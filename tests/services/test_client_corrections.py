"""The Python client's rules and corrections, and their commands, against the real API."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deployments.results import Section, Sentiment
from serve_app.client import KeptPost, PostLens, RequestRefused
from serve_app.client.rules import Flip
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

SAD = "Sorry, War Zone closes. Sorry."


@pytest.fixture
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url) as running:
        yield running


@pytest.fixture
def client(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url) as postlens:
        yield postlens


def postlens(api: RunningApi, *arguments: object) -> Any:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTLENS_")}
    return subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**clean, "POSTLENS_URL": api.url},
        timeout=60,
        check=False,
    )


def sentiment(post: KeptPost) -> Section[Sentiment]:
    assert post.analysis
    assert post.analysis.sentiment
    return post.analysis.sentiment


def label(post: KeptPost) -> str:
    result = sentiment(post).result
    assert result
    return result.label


def until_in_force(client: PostLens, state: str = "in_force") -> None:
    deadline = time.monotonic() + 30
    while {rule.state for rule in client.rules.find()} != {state}:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_rule_is_previewed_put_in_force_and_withdrawn(client: PostLens) -> None:
    post = client.posts.create(SAD)
    assert label(post) == "negative"
    rule: Any = {"kind": "sentiment", "phrases": ["war zone", "sorry"], "value": "neutral"}
    told = client.rules.preview(**rule, instead_of="negative")
    assert (told.candidates.value, told.changed.value, told.changed.exact) == (1, 1, True)
    assert Flip("label", "negative", "neutral", 1) in told.flips
    [example] = told.examples
    assert (example.post_id, example.excerpt) == (post.id, SAD)
    assert label(client.posts.get(post.id)) == "negative"  # nothing was put in force

    made = client.rules.create(**rule, instead_of="negative")
    assert (made.phrases, made.value, made.instead_of) == (
        ("war zone", "sorry"),
        "neutral",
        "negative",
    )
    until_in_force(client)
    corrected = sentiment(client.posts.get(post.id)).corrected
    assert [(c.field, c.model_said, c.now) for c in corrected if c.field == "label"] == [
        ("label", "negative", "neutral")
    ]
    assert {c.rule for c in corrected} == {str(made.id)}
    assert client.rules.get(made.id).changed == 1

    assert client.rules.withdraw(made.id).state in ("withdrawing", "withdrawn")
    until_in_force(client, "withdrawn")
    assert client.posts.get(post.id).analysis == post.analysis


def test_one_answer_is_corrected_and_taken_back(client: PostLens) -> None:
    post = client.posts.create(SAD)
    made = client.corrections.create(post.id, "sentiment", "positive")
    assert (made.post_id, made.value, made.revision) == (post.id, "positive", 1)
    [change] = [c for c in sentiment(client.posts.get(post.id)).corrected if c.field == "label"]
    assert (change.model_said, change.now, change.correction) == (
        "negative",
        "positive",
        str(made.id),
    )
    start = SAD.index("War Zone")
    entity = client.corrections.create(post.id, "entity", "ORG", start=start, end=start + 8)
    keyword = client.corrections.create(post.id, "keyword", False, phrase="closes")
    assert (entity.start, entity.end, keyword.phrase) == (7, 15, "closes")
    found = list(client.corrections.find(post_id=post.id))
    assert {each.id for each in found} == {made.id, entity.id, keyword.id}
    assert client.corrections.get(entity.id) == entity
    lines = b"".join(client.corrections.export()).splitlines()
    assert {json.loads(line)["post_id"] for line in lines} == {str(post.id)}
    for correction in found:
        assert client.corrections.delete(correction.id) is True
    assert client.corrections.delete(made.id) is False
    assert client.posts.get(post.id).analysis == post.analysis


def test_what_cannot_be_corrected_is_refused(client: PostLens) -> None:
    with pytest.raises(RequestRefused) as refused:
        client.corrections.create(uuid4(), "sentiment", "positive")
    assert refused.value.type == "/problems/unknown-post"
    with pytest.raises(RequestRefused) as refused:
        client.rules.create("sentiment", ["?"], "neutral")
    assert refused.value.pointer == "/phrases/0"
    with pytest.raises(RequestRefused) as refused:
        client.rules.withdraw(uuid4())
    assert refused.value.type == "/problems/unknown-rule"


async def test_the_async_twins_do_the_same(api: RunningApi) -> None:
    async with PostLens.over_http(api.url) as client:
        rule = await client.rules.create_async("keyword", ["sorry"], False)
        assert [each.id async for each in client.rules.find_async()] == [rule.id]
        assert (await client.rules.preview_async("entity", ["x"], None)).changed.value == 0
        assert [each async for each in client.corrections.find_async()] == []


def test_rules_are_seen_to_on_the_command_line(api: RunningApi, client: PostLens) -> None:
    post = client.posts.create(SAD)
    rule = ("sentiment", "neutral", "War Zone", "sorry", "--instead-of", "negative")
    told = postlens(api, "rules", "preview", *rule)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[0] == "1 of 1 posts with such a phrase would change"
    assert "label: negative -> neutral" in told.stdout
    assert f"{post.id}  {SAD}" in told.stdout
    made = json.loads(postlens(api, "rules", "create", *rule, "--json").stdout)
    shown = postlens(api, "rules", "list").stdout.splitlines()
    assert made["id"] in shown[1]
    assert "War Zone, sorry" in shown[1]
    undone = postlens(api, "rules", "withdraw", made["id"])
    assert "withdraw" in undone.stdout
    none = postlens(api, "rules", "create", "entity", "none", "War Zone", "--json")
    assert json.loads(none.stdout)["value"] is None
    flag = postlens(api, "rules", "create", "keyword", "perhaps", "War Zone")
    assert (flag.returncode, flag.stdout) == (2, "")
    assert "VALUE of keyword is yes or no" in flag.stderr


def test_corrections_are_seen_to_on_the_command_line(
    api: RunningApi, client: PostLens, tmp_path: Path
) -> None:
    post = client.posts.create(SAD)
    done = postlens(api, "corrections", "create", post.id, "keyword", "no", "--phrase", "closes")
    assert done.returncode == 0, done.stderr
    mixed = postlens(api, "corrections", "create", post.id, "mixed", "yes", "--json")
    assert json.loads(mixed.stdout)["value"] is True
    listed = postlens(api, "corrections", "list", "--post", post.id)
    assert [line.split()[2:] for line in listed.stdout.splitlines()[1:]] == [
        ["mixed", "yes"],
        ["keyword", "no", "closes"],
    ]
    written = postlens(api, "corrections", "export", "-o", tmp_path / "out.jsonl")
    assert written.returncode == 0, written.stderr
    assert "bytes in" in written.stderr
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert postlens(api, "corrections", "export").stdout.splitlines() == lines
    assert list(tmp_path.iterdir()) == [tmp_path / "out.jsonl"]
    correction_id = json.loads(mixed.stdout)["id"]
    gone = postlens(api, "corrections", "delete", correction_id, correction_id)
    assert (gone.returncode, gone.stdout) == (1, "1 correction taken back\n")
