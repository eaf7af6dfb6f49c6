"""Texts read by the models themselves, of which posts are made."""

from loadtest.generator.posts import PostGenerator
from loadtest.posts_scale.made_posts import ADDED_CHARACTERS, ReadText
from serve_app.in_process import LocalAnalyses
from serve_app.pending_post import AnswerWithVector
from serve_app.posts.drafts import analysis_request
from serve_app.posts.outcome import outcome_of


def read_texts(count: int, *, seed: int = 5) -> list[ReadText]:
    """So many texts, of such lengths that the posts made of them have the usual ones."""
    generator = PostGenerator(seed)
    lengths = [max(24, len(text) - ADDED_CHARACTERS) for text in generator.take(count)]
    texts = [generator.of_length(1, length)[0] for length in lengths]
    answers = LocalAnalyses().analyze([analysis_request(text, b"") for text in texts])
    # Without vectors: thousands of posts made of one text would all have the same.
    outcomes = [outcome_of(AnswerWithVector(answer, b"")) for answer in answers]
    pairs = zip(texts, outcomes, strict=True)
    return [ReadText(text, each.analysis) for text, each in pairs if each.analysis]
