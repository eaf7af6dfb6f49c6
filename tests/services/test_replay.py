"""Kept posts analysed again by other versions, as a job: on a real Postgres."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deployments.results import ANALYSES, Section, Sentiment, Status
from serve_app.settings import JobSettings
from tests.services import rule_service
from tests.services.databases import empty_database
from tests.services.job_calls import ended, results, send
from tests.services.kept_posts import KeptPosts, kept_posts


@pytest.fixture
async def kept(database_url: str) -> AsyncIterator[KeptPosts]:
    async with (
        empty_database(database_url) as url,
        kept_posts(url, jobs=JobSettings(attempts=1)) as kept,
    ):
        yield kept


async def _keep(kept: KeptPosts, *texts: str) -> list[dict[str, Any]]:
    response = await kept.client.post("/v1/posts", json={"posts": [{"text": t} for t in texts]})
    return [item["post"] for item in response.json()["items"]]


async def _post(kept: KeptPosts, post: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = (await kept.client.get(f"/v1/posts/{post['id']}")).json()
    return content


@pytest.fixture
def gloomy(kept: KeptPosts, monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes another model of sentiment the present one, to which "proud" is sad; its version."""
    rule = kept.service._rule_section
    version = "1" * 16

    def changed(name: str, document: Any) -> Section[Any]:
        section = rule(name, document)
        if name != "sentiment" or not isinstance(section.result, Sentiment):
            return section
        model = type(rule_service._MODEL)("gloomy", version)
        label = {"positive": "negative"}.get(section.result.label, section.result.label)
        result = Sentiment(
            label, False, section.result.scores, section.result.sentences, section.result.covered
        )
        return Section(Status.OK, model, 0.1, result)

    monkeypatch.setattr(kept.service, "_rule_section", changed)
    kept.service.readiness.versions.update(dict.fromkeys(ANALYSES, "0" * 16))
    kept.service.readiness.versions["sentiment"] = version
    return version


async def test_what_comes_out_otherwise_is_told_with_examples(
    kept: KeptPosts, request: pytest.FixtureRequest
) -> None:
    kept.service.readiness.versions.update(dict.fromkeys(ANALYSES, "0" * 16))
    posts = await _keep(kept, *[f"Proud of it, number {n}." for n in range(7)], "A plain post.")
    version = request.getfixturevalue("gloomy")
    now = await ended(kept.client, await send(kept.client, filter={}, replay=True))
    assert now["flips"].keys() == {"sentiment"}
    flips = now["flips"]["sentiment"]
    assert (flips["posts"], len(flips["examples"])) == (7, 5)
    assert flips["examples"][0] == {
        "post_id": posts[0]["id"], "from": "positive", "to": "negative",
    }  # fmt: skip
    changed = await _post(kept, posts[0])
    assert changed["analysis"]["sentiment"]["model"]["digest"] == version
    assert (changed["state"], changed["revision"]) == ("analysed", 1)
    found = (await kept.client.get("/v1/posts?sentiment=negative")).json()["items"]
    assert {post["id"] for post in found} == {post["id"] for post in posts[:7]}


async def test_posts_of_the_present_versions_are_left_as_they_are(kept: KeptPosts) -> None:
    kept.service.readiness.versions.update(dict.fromkeys(ANALYSES, "0" * 16))
    [post] = await _keep(kept, "Proud of it.")
    before = await _post(kept, post)
    kept.service.read["sentiment"].clear()
    now = await ended(kept.client, await send(kept.client, filter={}, replay=True))
    assert (now["succeeded"], now["flips"]) == (1, {})
    assert await _post(kept, post) == before
    assert kept.service.read["sentiment"] == []


async def test_a_post_whose_analysis_fails_keeps_the_one_it_has(
    kept: KeptPosts, request: pytest.FixtureRequest
) -> None:
    kept.service.readiness.versions.update(dict.fromkeys(ANALYSES, "0" * 16))
    [post] = await _keep(kept, "Proud of it.")
    before = await _post(kept, post)
    request.getfixturevalue("gloomy")
    kept.service.statuses["sentiment"] = Status.FAILED
    job = await send(kept.client, filter={}, replay=True)
    now = await ended(kept.client, job)
    assert (now["succeeded"], now["failed"]) == (0, 1)
    assert await _post(kept, post) == before
    [line] = await results(kept.client, job)
    assert "sentiment" in line["error"]["detail"]
