"""All calls for posts that are kept."""

from serve_app.client.posts.comparing import PostComparing
from serve_app.client.posts.finding import PostFinding
from serve_app.client.posts.similar import PostSimilarity
from serve_app.client.posts.transfer import PostTransfer
from serve_app.client.posts.writing import PostWriting


class Posts(PostWriting, PostFinding, PostComparing, PostSimilarity, PostTransfer):
    """The posts of the caller's workspace."""
