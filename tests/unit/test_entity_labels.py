"""One name has one label in a post."""

from deployments.entities.labels import with_one_label_each
from deployments.entities.mention import Mention
from deployments.text.document import Document

TEXT = "Vertex hired her. I like Vertex. The Vertex's docs. Oslo is far."
DOCUMENT = Document.read(TEXT)


def mention(surface: str, label: str, confidence: float, after: int = 0) -> Mention:
    start = TEXT.index(surface, after)
    return Mention(start, start + len(surface), label, confidence)


def test_equal_names_have_the_label_that_is_surest_in_sum() -> None:
    names = [
        mention("Vertex", "ORG", 0.8),
        mention("Vertex", "PRODUCT", 0.5, 10),
        mention("The Vertex", "PRODUCT", 0.45),
        mention("Oslo", "LOC", 0.4),
    ]
    labelled = with_one_label_each(names, DOCUMENT)
    assert [name.label for name in labelled] == ["PRODUCT", "PRODUCT", "PRODUCT", "LOC"]
    assert [(n.start, n.end, n.confidence) for n in labelled] == [
        (n.start, n.end, n.confidence) for n in names
    ]


def test_one_sure_mention_outweighs_a_doubtful_one() -> None:
    names = [mention("Vertex", "PRODUCT", 0.35), mention("Vertex", "ORG", 0.95, 10)]
    assert {name.label for name in with_one_label_each(names, DOCUMENT)} == {"ORG"}
