"""Posts through a real service: HTTP, handles, a dead replica, metrics."""

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from deployments.results import ANALYSES
from serve_app.client import PostLens
from tests.cluster.running_service import RunningService

POST = (
    "Thrilled to share that Acme Robotics has opened its new office in Lisbon! 🎉\n\n"
    "Thank you, @maria_santos and the whole team. Read more: https://example.com/lisbon #hiring"
)

#: In bf16 the shape of a batch moves a probability by up to 0.0035 (see the encoder); in fp32
#: by less than 0.001, which tests/services/test_encoder.py holds it to.
_BF16 = 5e-3


def unique(text: str = POST) -> str:
    return f"{text}\n\nReference {uuid.uuid4().hex}."


@pytest.fixture(scope="module")
def http(service: RunningService) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client


def test_one_post_gets_five_real_sections(http: httpx.Client) -> None:
    text = unique()
    answer = http.post("/v1/analyze", json={"text": text, "id": "a-1"}).json()
    assert answer["id"] == "a-1"
    assert answer["cache"] == "miss"
    assert answer["language"]["code"] == "en"
    assert {name: answer[name]["status"] for name in ANALYSES} == dict.fromkeys(ANALYSES, "ok")
    assert answer["sentiment"]["label"] == "positive"
    assert answer["tone"]["emotions"]["joy"] + answer["tone"]["emotions"]["gratitude"] > 0.3
    assert "Lisbon" in {item["text"] for item in answer["entities"]["items"]}
    assert [s["text"] for s in answer["signals"]["hashtags"]] == ["#hiring"]
    for item in answer["keywords"]["items"] + answer["entities"]["items"]:
        assert text[item["start"] : item["end"]] == item["text"]


def test_a_repeated_post_comes_from_the_cache_and_is_the_same(http: httpx.Client) -> None:
    text = unique()
    first = http.post("/v1/analyze", json={"text": text}).json()
    second = http.post("/v1/analyze", json={"text": text}).json()
    assert (first.pop("cache"), second.pop("cache")) == ("miss", "hit")
    assert first == second


def test_a_part_that_is_known_is_not_computed_again(http: httpx.Client) -> None:
    text = unique()
    http.post("/v1/analyze", json={"text": text, "analyses": ["readability"]})
    answer = http.post("/v1/analyze", json={"text": text}).json()
    assert answer["cache"] == "partial"
    assert answer["sentiment"]["status"] == "ok"


def test_what_was_analysed_is_stored_under_its_digest(http: httpx.Client) -> None:
    answer = http.post("/v1/analyze", json={"text": unique()}).json()
    stored = http.get(f"/v1/analyses/{answer['digest']}").json()
    assert stored["sentiment"] == answer["sentiment"]


def test_a_batch_answers_the_good_beside_the_bad(http: httpx.Client) -> None:
    posts = [
        {"id": "x", "text": unique()},
        {"id": "y", "text": "  "},
        {"id": "z", "text": unique()},
    ]
    items = http.post("/v1/analyze/batch", json={"posts": posts}).json()["items"]
    assert [(item["id"], item["status"]) for item in items] == [
        ("x", "ok"), ("y", "error"), ("z", "ok"),
    ]  # fmt: skip
    assert items[1]["error"]["pointer"] == "/posts/1/text"


def test_answers_do_not_depend_on_the_company_of_other_posts(http: httpx.Client) -> None:
    texts = [unique(POST * n) for n in (1, 2, 5)]
    together = http.post("/v1/analyze/batch", json={"posts": [{"text": t} for t in texts]}).json()
    from serve_app.in_process import LocalAnalyses

    local = LocalAnalyses(("sentiment", "tone"))
    for text, item in zip(texts, together["items"], strict=True):
        alone = local.items([text])[0]["result"]
        served = item["result"]
        assert served["sentiment"]["label"] == alone["sentiment"]["label"]
        assert served["sentiment"]["model"] == alone["sentiment"]["model"]
        for name, score in alone["sentiment"]["scores"].items():
            assert served["sentiment"]["scores"][name] == pytest.approx(score, abs=_BF16)
        assert served["tone"]["emotions"] == pytest.approx(alone["tone"]["emotions"], abs=_BF16)


def test_short_posts_are_answered_while_a_huge_batch_is_read(http: httpx.Client) -> None:
    posts = [{"text": f"{uuid.uuid4().hex} {'We did it. ' * 1_800}"} for _ in range(200)]
    body = {"posts": posts, "timeout_ms": 20_000}
    with ThreadPoolExecutor(1) as pool:
        huge = pool.submit(http.post, "/v1/analyze/batch", json=body)
        for _ in range(5):
            answer = http.post("/v1/analyze", json={"text": unique()}).json()
            assert {answer[name]["status"] for name in ANALYSES} == {"ok"}
            assert not huge.done()
        items = huge.result().json()["items"]
    assert items[0]["status"] == "ok"
    assert items[-1]["error"]["type"] == "/problems/deadline-passed"


def test_a_deadline_gives_what_is_there(http: httpx.Client) -> None:
    answer = http.post("/v1/analyze", json={"text": unique(POST * 60), "timeout_ms": 1}).json()
    statuses = {answer[name]["status"] for name in ANALYSES}
    assert statuses <= {"ok", "timeout"}
    assert "timeout" in statuses


def test_the_node_metrics_count_posts_and_sections(http: httpx.Client) -> None:
    http.post("/v1/analyze", json={"text": unique()})
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        page = http.get("/metrics").text
        if "ray_postlens_requests_total{" in page and "ray_postlens_section_seconds" in page:
            break
        time.sleep(0.5)
    families = {family.name: family for family in text_string_to_metric_families(page)}
    counted = families["ray_postlens_requests"].samples
    assert sum(s.value for s in counted if s.labels["cache"] == "miss") >= 1
    analyses = {s.labels.get("analysis") for s in families["ray_postlens_section_seconds"].samples}
    assert analyses == set(ANALYSES)


def test_the_node_metrics_count_kept_posts_and_messages(http: httpx.Client) -> None:
    http.post("/v1/posts", json={"text": unique()}).raise_for_status()
    names = {
        f"ray_postlens_{name}" for name in ("posts_written", "posts_pending", "webhooks_waiting")
    }
    families: dict[str, Metric] = {}
    deadline = time.monotonic() + 20
    while not names <= families.keys() and time.monotonic() < deadline:
        time.sleep(0.5)
        page = http.get("/metrics").text
        families = {family.name: family for family in text_string_to_metric_families(page)}
    assert sum(each.value for each in families["ray_postlens_posts_written"].samples) >= 1
    assert families["ray_postlens_webhooks_waiting"].samples[0].value == 0
    assert families["ray_postlens_posts_pending"].type == "gauge"


def test_the_log_is_json_with_request_ids_and_without_texts(
    service: RunningService, http: httpx.Client
) -> None:
    http.post("/v1/analyze", json={"text": unique()}, headers={"X-Request-Id": "look-for-me"})
    path = service.data_dir / "logs" / "postlens.jsonl"
    deadline = time.monotonic() + 10
    while "look-for-me" not in path.read_text():  # lines are written a moment later, together
        assert time.monotonic() < deadline, "the request is not in the log"
        time.sleep(0.05)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    [line] = [line for line in lines if line["request_id"] == "look-for-me"]
    assert line["message"] == "POST /v1/analyze 200"
    assert line["status"] == 200
    assert line["took_ms"] > 0
    assert "Acme Robotics" not in path.read_text()


_OTHER_JOB = """
import sys
from serve_app.client import PostLens
with PostLens.from_ray(address=sys.argv[1]) as postlens:
    answer = postlens.analyze(sys.argv[2])
    many = postlens.analyze_many([sys.argv[2], ""])
    assert type(many[1]).__name__ == "AnalysisProblem", many
    print("RESULT", answer.cache, answer.sentiment.result.label, many[0].cache)
"""


def test_another_ray_job_shares_the_cache_through_the_handle(
    service: RunningService, http: httpx.Client
) -> None:
    text = unique()
    http.post("/v1/analyze", json={"text": text})
    job = subprocess.run(
        [sys.executable, "-c", _OTHER_JOB, service.ray_address, text],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "RESULT hit positive hit" in job.stdout, job.stdout + job.stderr


def test_a_job_without_the_token_is_refused(service: RunningService) -> None:
    job = subprocess.run(
        [sys.executable, "-c", _OTHER_JOB, service.ray_address, "text"],
        capture_output=True, text=True, timeout=120, check=False,
        env={"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "wrong", "PATH": "/usr/bin:/bin",
             "HOME": "/nonexistent"},
    )  # fmt: skip
    assert job.returncode != 0
    assert "RESULT" not in job.stdout


def test_the_client_over_http_is_typed(service: RunningService) -> None:
    with PostLens.over_http(service.url) as postlens:
        analysis = postlens.analyze(unique())
    assert analysis.sentiment is not None
    assert analysis.sentiment.result is not None
    assert analysis.sentiment.result.label == "positive"


def test_only_loopback_is_listened_on(service: RunningService) -> None:
    def open_to_others(process: psutil.Process) -> set[tuple[str, int, str]]:
        return {
            (connection.laddr.ip, connection.laddr.port, process.name())
            for connection in process.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
            and connection.laddr.ip not in ("127.0.0.1", "::1", "::ffff:127.0.0.1")
        }

    seen = service.of_each_process(open_to_others)
    assert len(seen) > 10
    assert set().union(*seen) == set()


def test_no_process_carries_what_only_data_frames_need(service: RunningService) -> None:
    assert find_spec("pandas"), "or there is nothing to leave out"
    loaded = service.of_each_process(lambda p: Path(f"/proc/{p.pid}/maps").read_text())
    assert any("ray/_raylet" in libraries for libraries in loaded)
    assert not any("pandas/_libs" in libraries for libraries in loaded)


def test_clients_that_go_away_take_nothing_from_the_others(
    service: RunningService, http: httpx.Client
) -> None:
    long = POST * 20
    for _ in range(8):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{service.url}/v1/analyze", json={"text": unique(long)}, timeout=0.05)
    # What they left behind is computed all the same, and on a slow machine it takes a while.
    request = {"text": unique(), "timeout_ms": 55_000}
    answer = http.post("/v1/analyze", json=request).json()
    assert {answer[name]["status"] for name in ANALYSES} == {"ok"}


def test_the_longest_text_is_read_by_every_analysis(http: httpx.Client) -> None:
    """Its tokens' vectors take some 8 MB, more than a message between replicas may."""
    text = " ".join([unique(), *[POST.replace("\n", " ")] * 130])[:20_000]
    answer = http.post("/v1/analyze", json={"text": text, "timeout_ms": 55_000}).json()
    assert {answer[name]["status"] for name in ANALYSES} == {"ok"}


ENCODED = ("sentiment", "tone", "keywords", "entities")


@pytest.mark.parametrize(
    ("deployment", "sections"), [("sentiment", ["sentiment"]), ("encoder", ENCODED)]
)
def test_a_dead_replica_costs_its_own_sections_only(
    deployment: str, sections: Sequence[str], service: RunningService, http: httpx.Client
) -> None:
    [replica] = service.replicas(deployment)
    replica.kill()
    answer = http.post("/v1/analyze", json={"text": unique(), "timeout_ms": 5_000}).json()
    others = {name: answer[name]["status"] for name in ANALYSES if name not in sections}
    assert others == dict.fromkeys(others, "ok")
    # A replica without torch is back in a second or two, and answers what waited for it.
    assert {answer[name]["status"] for name in sections} <= {"failed", "timeout", "ok"}
    deadline = time.monotonic() + 90
    while http.get("/v1/health/ready").status_code != 200:
        assert time.monotonic() < deadline, "the replica did not come back"
        time.sleep(0.5)
    # Until its calls that the replica took with it are given up, the analysis sheds new ones.
    while any(status != "ok" for status in statuses(http)):
        assert time.monotonic() < deadline, "a section did not heal"
        time.sleep(0.5)


def statuses(http: httpx.Client) -> list[str]:
    """Of the sections of a new text."""
    answer = http.post("/v1/analyze", json={"text": unique()}).json()
    return [answer[name]["status"] for name in ANALYSES]
