"""Trains the dictionary with which the analyses of kept posts are compressed.

    python -m training.analysis_dictionary

writes a new one beside those of earlier releases, which are kept: stored analyses name theirs. To
be run again when an analysis has other fields: the old one goes on working, it only saves less.
Learns from the analyses of the sample posts alone, which come along anyway.
"""

import zstandard

from serve_app.in_process import LocalAnalyses
from serve_app.pending_post import AnswerWithVector
from serve_app.posts.drafts import analysis_request
from serve_app.posts.outcome import outcome_of
from serve_app.posts.stored_analysis import DICTIONARIES, LEVEL, as_stored
from serve_app.samples import sample_posts, sample_posts_by_language

#: Four times as large, one saves 3 % more of the analyses of posts that it was not trained on.
_SIZE_BYTES = 16 * 1024


def sample_analyses() -> list[bytes | bytearray | memoryview]:
    """The analyses of the sample posts by today's models, as they are compressed."""
    texts = [post.text for post in (*sample_posts(), *sample_posts_by_language())]
    answers = LocalAnalyses().analyze([analysis_request(text, b"") for text in texts])
    outcomes = [outcome_of(AnswerWithVector(answer, b"")) for answer in answers]
    return [as_stored(outcome.analysis) for outcome in outcomes if outcome.analysis]


def main() -> None:
    """Write the dictionary under the next number."""
    dictionary = zstandard.train_dictionary(_SIZE_BYTES, sample_analyses(), level=LEVEL)
    number = len(list(DICTIONARIES.glob("*.zdict"))) + 1
    path = DICTIONARIES / f"{number:04}.zdict"
    path.write_bytes(dictionary.as_bytes())
    print(f"{path.name}: {len(dictionary):,} bytes")


if __name__ == "__main__":
    main()
