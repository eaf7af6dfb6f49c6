"""Posts that are like another."""

from dataclasses import dataclass

from serve_app.client.calls import both
from serve_app.client.connection import Resource, path_of
from serve_app.client.posts.kept_post import KeptPost, PostId, decode_post


@dataclass(frozen=True, slots=True)
class SimilarKeptPost:
    """A post, and how like another it is.

    Attributes:
        post: without its analysis.
        similarity: of what the texts are about, whatever their language, 0 to 1.
        shared_words: of the shorter text's runs of three words the share in the other, 0 to 1.
        near_duplicate: whether one is an edited copy of the other.
    """

    post: KeptPost
    similarity: float
    shared_words: float
    near_duplicate: bool


class PostSimilarity(Resource):
    """Similar posts and near-duplicates."""

    async def _similar(
        self,
        post_id: PostId,
        *,
        limit: int | None = None,
        min_similarity: float | None = None,
        near_duplicates: bool = False,
    ) -> list[SimilarKeptPost]:
        """The posts of the workspace most similar to one of them, the most similar first.

        Args:
            post_id: which; it is not among them.
            limit: how many at most, 1..100; by default 10.
            min_similarity: 0 to 1; less similar ones are left out.
            near_duplicates: whether to leave out all but edited copies.

        Raises:
            RequestRefused: there is no such post, or it cannot be compared yet.
        """
        answer = await self._connection.json(
            "GET",
            path_of("posts", post_id, "similar"),
            query={
                "limit": limit,
                "min_similarity": min_similarity,
                "near_duplicates": near_duplicates or None,
            },
        )
        return [
            SimilarKeptPost(
                decode_post(item["post"]),
                item["similarity"],
                item["shared_words"],
                item["near_duplicate"],
            )
            for item in answer["items"]
        ]

    similar, similar_async = both(_similar)
