"""What ``postlens posts delete`` does. Exit codes: 0 all were there, 1 one was not."""

from collections.abc import Sequence

from serve_app.cli.output import print_json, say
from serve_app.client import PostLens


def run(
    post_ids: Sequence[str], *, author: str | None, as_json: bool, url: str, api_key: str | None
) -> int:
    """Delete the posts, or all of an author; the exit code.

    Raises:
        PostLensError: the service refused an id, or did not answer; those before are deleted.
    """
    with PostLens.over_http(url, api_key) as postlens:
        if author is not None:
            deleted = postlens.posts.delete_author(author)
            missing: list[str] = []
        else:
            missing = [id for id in post_ids if not postlens.posts.delete(id)]
            deleted = len(post_ids) - len(missing)
    if as_json:
        print_json({"deleted": deleted, "missing": missing})
    else:
        for post_id in missing:
            say(f"There is no post {post_id}.")
        print(f"{deleted:,} post{'' if deleted == 1 else 's'} deleted")
    return 1 if missing else 0
