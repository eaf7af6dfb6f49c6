"""``postlens posts`` and ``postlens workspace`` in processes of their own, against the real API."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from serve_app.client import KeptPost, PostLens
from tests.services.running_api import RunningApi
from tests.services.running_posts import running_posts

TEXT = "Proud of our team in Berlin! Thank you. #hiring"


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    with running_posts(database_url, keys=("acme:a-key", "other:another")) as running:
        yield running


@pytest.fixture(scope="module")
def client(api: RunningApi) -> Iterator[PostLens]:
    with PostLens.over_http(api.url, api_key="a-key") as postlens:
        yield postlens


@pytest.fixture(scope="module")
def kept(client: PostLens) -> list[KeptPost]:
    """Thirty posts, the newest last."""
    posts = [
        {
            "text": f"{TEXT}\nNumber\t{number}." if number % 2 else f"Sorry, we lost {number}.",
            "author": "[red]anna[/red]",
            "published_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number),
            "tags": ["list"],
        }
        for number in range(30)
    ]
    answers = client.posts.create_many(posts)
    return [post for post in answers if isinstance(post, KeptPost)]


def postlens(api: RunningApi, *arguments: object, key: str = "a-key", stdin: str = "") -> Any:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POSTLENS_")}
    return subprocess.run(
        [sys.executable, "-m", "serve_app.cli", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        env={**clean, "POSTLENS_URL": api.url, "POSTLENS_API_KEY": key},
        timeout=60,
        check=False,
    )


def test_the_newest_posts_are_listed_in_a_table(api: RunningApi, kept: list[KeptPost]) -> None:
    done = postlens(api, "posts", "list", "--tag", "list", "-n", "3")
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert header.split() == [
        "id", "published", "author", "lang", "sentiment", "tone", "ease", "text",
    ]  # fmt: skip
    assert [row.split()[0] for row in rows] == [str(post.id) for post in kept[:-4:-1]]
    assert "2026-01-30 00:00" in rows[0]
    assert "[red]anna[/red]" in rows[0]  # what others wrote is shown as it is
    assert "positive" in rows[0]
    assert "#hiring Number 29." in rows[0]
    assert "\x1b[" not in done.stdout


def test_all_posts_are_listed_as_lines_of_json(api: RunningApi, kept: list[KeptPost]) -> None:
    done = postlens(api, "posts", "list", "--tag", "list", "--sort", "time", "-n", 0, "--json")
    items = [json.loads(line) for line in done.stdout.splitlines()]
    assert [item["id"] for item in items] == [str(post.id) for post in kept]
    assert items[1]["analysis"]["sentiment"]["label"] == "positive"


def test_conditions_combine(api: RunningApi, kept: list[KeptPost]) -> None:
    done = postlens(
        api, "posts", "list", "--tag", "list", "--since", "2026-01-11", "--sentiment-max", "-0.1",
        "-q", "lost -number", "--not-mixed", "--has", "author", "--has", "tags",
        "--sort=-time", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    numbers = [json.loads(line)["text"].split()[-1] for line in done.stdout.splitlines()]
    assert numbers == [f"{number}." for number in range(28, 9, -2)]


def test_posts_are_counted(api: RunningApi, kept: list[KeptPost]) -> None:
    assert postlens(api, "posts", "list", "--tag", "list", "--count").stdout == "30 posts\n"
    done = postlens(api, "posts", "list", "--tag", "none", "--count", "--json")
    assert json.loads(done.stdout) == {"value": 0, "exact": True}
    nothing = postlens(api, "posts", "list", "--tag", "none")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert nothing.stderr == "No post meets all conditions.\n"


def test_a_post_is_shown(api: RunningApi, client: PostLens) -> None:
    post = client.posts.create(
        "First line.\nSecond \x1b[31mline.", author="anna", metadata={"campaign": "spring"}
    )
    shown = postlens(api, "posts", "get", post.id)
    assert shown.returncode == 0, shown.stderr
    assert "campaign: spring" in shown.stdout
    assert "First line.\nSecond �[31mline.\n" in shown.stdout  # nobody moves our cursor
    assert "neutral (positive" in shown.stdout
    as_json = json.loads(postlens(api, "posts", "get", post.id, "--json").stdout)
    assert (as_json["id"], as_json["metadata"]) == (str(post.id), {"campaign": "spring"})


def test_similar_posts_are_listed(api: RunningApi, client: PostLens) -> None:
    first = client.posts.create("Our bakery in Graz sells rye bread on Mondays.", tags=["bread"])
    copy = client.posts.create("Our bakery in Graz sells rye bread on [red]Mondays[/red].")
    other = client.posts.create("Our bakery has an oven.", author="ben")
    done = postlens(api, "posts", "similar", first.id, "-n", 100)
    assert done.returncode == 0, done.stderr
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["similarity", "shared", "copy", "id", "author", "text"]
    [related] = [row for row in rows if str(other.id) in row]
    assert str(copy.id) in rows[0]
    assert ("yes" in rows[0], "yes" in related) == (True, False)
    assert "[red]Mondays[/red]" in rows[0]
    answer = json.loads(
        postlens(api, "posts", "similar", first.id, "--near-duplicates", "--json").stdout
    )
    assert [item["post"]["id"] for item in answer["items"]] == [str(copy.id)]
    alone = postlens(api, "posts", "similar", first.id, "--min-similarity", 1)
    assert (alone.returncode, alone.stdout) == (0, "")
    assert alone.stderr == "No post is so similar.\n"
    missing = postlens(api, "posts", "similar", uuid4())
    assert (missing.returncode, "There is no post" in missing.stderr) == (1, True)


def test_texts_are_compared(api: RunningApi, client: PostLens, tmp_path: Path) -> None:
    post = client.posts.create("Sorry, we lost [a] bid.")
    other = client.posts.create("Thank you, we won a bid.")
    client.posts.update(post.id, text="Sorry, we lost [a] bid in Berlin.")
    draft = tmp_path / "draft.txt"
    draft.write_text("Thank you, we won [a] bid in Berlin.", "utf-8")
    revisions = postlens(api, "posts", "compare", post.id)
    assert revisions.returncode == 0, revisions.stderr
    first, _, text, *parts = revisions.stdout.splitlines()
    assert first == f"post {post.id}, revision 1 -> post {post.id}, revision 2"
    assert text.startswith("Sorry, we lost [a] bid")
    assert "{+" in text
    assert "[-" not in text
    assert any(part.startswith("entities") and "Berlin" in part for part in parts)
    back = postlens(api, "posts", "compare", post.id, "--from", 2, "--to", 1, "--json")
    assert [json.loads(back.stdout)[side]["revision"] for side in ("from", "to")] == [2, 1]
    posts = json.loads(postlens(api, "posts", "compare", post.id, other.id, "--json").stdout)
    path = f"/v1/posts/{post.id}/compare"
    assert posts == client.request("GET", path, query={"with": str(other.id)})
    for arguments, stdin in ((["--draft", draft], ""), (["--draft", "-"], draft.read_text())):
        done = postlens(api, "posts", "compare", post.id, *arguments, stdin=stdin)
        assert done.stdout.splitlines()[0] == f"post {post.id}, revision 2 -> draft"
    wrong = postlens(api, "posts", "compare", post.id, other.id, "--draft", draft)
    assert (wrong.returncode, "A draft stands alone" in wrong.stderr) == (2, True)
    draft.write_bytes(b"caf\xe9")
    wrong = postlens(api, "posts", "compare", post.id, "--draft", draft)
    assert (wrong.returncode, "not UTF-8" in wrong.stderr) == (2, True)


def test_posts_are_analysed_anew(api: RunningApi, client: PostLens) -> None:
    posts = [client.posts.create(f"{TEXT} Again {number}.", tags=["again"]) for number in range(3)]
    done = postlens(api, "posts", "analyze-again", "--tag", "again")
    assert (done.returncode, done.stdout) == (0, "3 posts queued\n"), done.stderr
    assert all(client.posts.get(post.id).etag != post.etag for post in posts)


def test_posts_are_deleted_by_their_ids(api: RunningApi, client: PostLens) -> None:
    first, second = (client.posts.create(TEXT).id for _ in range(2))
    missing = uuid4()
    done = postlens(api, "posts", "delete", first, missing, second)
    assert done.returncode == 1
    assert (done.stdout, done.stderr) == ("2 posts deleted\n", f"There is no post {missing}.\n")
    assert client.posts.delete(first) is client.posts.delete(second) is False


def test_posts_of_an_author_are_deleted_if_that_is_meant(api: RunningApi, client: PostLens) -> None:
    client.posts.create(TEXT, author="to go")
    asked = postlens(api, "posts", "delete", "--author", "to go", stdin="n\n")
    assert asked.returncode == 1
    assert "Delete all posts of 'to go'? [y/N]" in asked.stderr
    assert client.posts.count(author="to go").value == 1
    done = postlens(api, "posts", "delete", "--author", "to go", "--yes", "--json")
    assert json.loads(done.stdout) == {"deleted": 1, "missing": []}


def test_the_workspace_is_shown_changed_and_deleted(api: RunningApi) -> None:
    with PostLens.over_http(api.url, api_key="another") as other:
        other.posts.create(TEXT)
    shown = postlens(api, "workspace", key="another")
    assert shown.returncode == 0, shown.stderr
    lines = [line.split(maxsplit=1) for line in shown.stdout.splitlines()]
    assert [line[0] for line in lines] == ["name", "posts", "kept", "cache", "since"]
    assert [line[1].strip() for line in lines[:4]] == ["other", "1", "all posts", "shared"]
    changed = postlens(
        api, "workspace", "change", "--retention-days", "30", "--separate-cache", "--json",
        key="another",
    )  # fmt: skip
    as_json = json.loads(changed.stdout)
    assert (as_json["retention_days"], as_json["separate_cache"]) == (30, True)
    again = postlens(api, "workspace", "change", "--retention-days", "none", key="another")
    assert "all posts" in again.stdout
    kept = postlens(api, "workspace", "delete", key="another", stdin="n\n")
    assert kept.returncode == 1
    assert "Delete the workspace 'other' and all its posts?" in kept.stderr
    gone = postlens(api, "workspace", "delete", "--yes", key="another")
    assert (gone.returncode, gone.stdout) == (0, "'other' is deleted\n")
    assert json.loads(postlens(api, "workspace", "--json", key="another").stdout)["posts"] == 0


@pytest.mark.parametrize(
    "arguments, code, said",
    [
        (["posts", "get", "post-7"], 1, "Use the 'id' of a post"),
        (["posts", "get", uuid4()], 1, "There is no post"),
        (["posts", "list", "--tone", "gratefull"], 1, "Did you mean 'grateful'?"),
        (["posts", "list", "--since", "tomorrow"], 1, "'since' must be a date"),
        (["posts", "list", "--sentiment", "angry"], 2, "'angry' is not one of"),
        (["posts", "delete"], 2, "Name posts by their IDs"),
        (["posts", "delete", "a", "--author", "b"], 2, "Name posts by their IDs"),
        (["workspace", "change"], 2, "Name a setting"),
        (["workspace", "change", "--retention-days", "x"], 2, "neither a number nor 'none'"),
        (["workspace", "change", "--retention-days", "0"], 1, "(at /retention_days)"),
        (["workspace", "--url", "http://127.0.0.1:9"], 1, "postlens serve"),
        (["workspace", "--api-key", "wrong"], 1, "not one of the service's"),
    ],
)
def test_what_goes_wrong_is_said_without_a_traceback(
    api: RunningApi, arguments: list[object], code: int, said: str
) -> None:
    done = postlens(api, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
