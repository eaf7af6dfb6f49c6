"""What ``postlens posts analyze-again`` does: posts found, and queued one by one."""

from serve_app.client import PostLens
from serve_app.client.posts.filters import Filters


def run(filters: Filters, *, url: str, api_key: str | None) -> None:
    """Queue the posts that meet the conditions, and print how many there were.

    The ids are gathered first: a post that is pending may meet the conditions no more.

    Raises:
        PostLensError: a condition is none, or the service did not answer.
    """
    with PostLens.over_http(url, api_key) as postlens:
        found = postlens.posts.find(**filters, sort="time", with_analysis=False)
        post_ids = [post.id for post in found]
        for post_id in post_ids:
            postlens.posts.analyze_again(post_id)
    print(f"{len(post_ids):,} post{'' if len(post_ids) == 1 else 's'} queued")
