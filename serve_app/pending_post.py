"""One post on its way to an answer, and the posts of a batch in slices.

Knows what was asked for and what is there of it; nothing of where it comes from.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord
from serve_app.answer_progress import AnswerProgress
from serve_app.problems import Problem
from serve_app.request.post import PostRequest

#: Posts of a batch that are looked up, split and analysed together: at most so many, and no
#: more than these characters if they are several.
_SLICE_POSTS = 64
SLICE_CHARACTERS = 20_000

#: JSON, or why there is none.
Answer = bytes | Problem


@dataclass(frozen=True, slots=True)
class AnswerWithVector:
    """An answer, and by what similar texts are found (:class:`EncodedSection`)."""

    answer: Answer
    vector: bytes


@dataclass(slots=True)
class PendingPost:
    """One post on its way to an answer.

    Attributes:
        post: what was asked for.
        digest: of its text.
        record: what is known of the text; None until the first analysis of it begins.
        sections: those asked for that need not be computed.
        document: the text, split, where a section has to be computed.
        answer: empty until it is there.
        progress: told of what becomes of it.
        shed: the analyses that are left out, since too much waits for them.
    """

    post: PostRequest
    digest: str
    record: AnalysisRecord | None = None
    sections: Mapping[str, EncodedSection] = field(default_factory=dict)
    document: Document | None = None
    answer: Answer = b""
    progress: AnswerProgress | None = None
    shed: Collection[str] = ()

    @property
    def missing(self) -> list[str]:
        """The analyses whose sections have to be computed."""
        there = (*self.sections, *self.shed)
        return [name for name in self.post.analyses if name not in there]

    @property
    def vector(self) -> bytes:
        """By what similar texts are found; empty where no section has one."""
        return next((each.vector for each in self.sections.values() if each.vector), b"")


def slices(batch: Iterable[PendingPost]) -> Iterator[list[PendingPost]]:
    """The posts in order, in parts that are read together."""
    part: list[PendingPost] = []
    characters = 0
    for pending in batch:
        size = len(pending.post.text)
        if part and (len(part) == _SLICE_POSTS or characters + size > SLICE_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append(pending)
        characters += size
    if part:
        yield part
