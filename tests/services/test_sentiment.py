"""The sentiment of real sentences, as a whole and one by one."""

from pathlib import Path

import pytest

from deployments.analyzer import Analyzer, analyze_batch
from deployments.errors import ModelMismatch
from deployments.registry import load
from deployments.results import Sentiment, Span, Status
from deployments.text.document import Document
from tests.services.loaded_analyzers import exact_configs, loaded_analyzer

GOOD = "We are thrilled: our team won the award and customers love the new product!"
BAD = "A terrible week: we lost our biggest client and had to let good people go."
PLAIN = "The meeting takes place on Tuesday at ten in the main building."


@pytest.fixture(scope="module")
def analyzer() -> Analyzer[Sentiment]:
    return loaded_analyzer("sentiment")


def read(analyzer: Analyzer[Sentiment], *texts: str) -> list[Sentiment]:
    return analyzer.analyze([Document.read(text) for text in texts])


def test_labels_of_plain_cases(analyzer: Analyzer[Sentiment]) -> None:
    found = [result.label for result in read(analyzer, GOOD, BAD, PLAIN)]
    assert found == ["positive", "negative", "neutral"]


def test_scores_are_shares_and_the_label_is_the_likeliest(analyzer: Analyzer[Sentiment]) -> None:
    for result in read(analyzer, GOOD, BAD, PLAIN, "", "🎉", "#hiring"):
        scores = {name: getattr(result.scores, name) for name in result.scores.__slots__}
        assert sum(scores.values()) == pytest.approx(1, abs=1e-5)
        assert all(0 <= share <= 1 for share in scores.values())
        assert result.label == max(scores, key=scores.__getitem__)


def test_sentences_keep_their_own_feeling(analyzer: Analyzer[Sentiment]) -> None:
    text = f"{GOOD}\n{PLAIN}\n{BAD}"
    (result,) = read(analyzer, text)
    assert [s.label for s in result.sentences] == ["positive", "neutral", "negative"]
    assert [text[s.start : s.end] for s in result.sentences] == [GOOD, PLAIN, BAD]
    assert result.covered == Span(0, len(text))


def test_praise_beside_complaint_is_mixed_and_keeps_label_and_scores(
    analyzer: Analyzer[Sentiment],
) -> None:
    both, good, bad = read(analyzer, f"{GOOD} {PLAIN} {BAD}", f"{GOOD} {PLAIN}", f"{BAD} {PLAIN}")
    assert [result.mixed for result in (both, good, bad)] == [True, False, False]
    assert both.label in ("positive", "negative")
    assert both.scores.positive + both.scores.neutral + both.scores.negative == pytest.approx(1)


def test_one_sentence_can_be_mixed(analyzer: Analyzer[Sentiment]) -> None:
    texts = ("Great team, terrible pay.", GOOD, BAD, PLAIN, "", "🎉")
    assert [result.mixed for result in read(analyzer, *texts)] == [True, *[False] * 5]


@pytest.mark.parametrize("feeling, label", [(GOOD, "positive"), (BAD, "negative")])
def test_a_long_post_is_not_washed_out_and_read_to_its_end(
    analyzer: Analyzer[Sentiment], feeling: str, label: str
) -> None:
    calm = [f"Part {n} of the agenda is on page {n}." for n in range(6)]
    lines = [*calm, feeling, feeling]
    (result,) = read(analyzer, "\n".join(lines))
    assert result.label == label
    assert result.sentences[-1].label == label


def test_mentions_and_links_do_not_move_the_score(analyzer: Analyzer[Sentiment]) -> None:
    noisy, bare = read(
        analyzer,
        "We met @terrible_hate at the fair https://awful.example/disaster today.",
        "We met                 at the fair                               today.",
    )
    assert noisy.scores == bare.scores


@pytest.mark.parametrize("emoji, label", [("😀🎉", "positive"), ("😢💔", "negative")])
def test_emoji_alone_have_a_feeling(analyzer: Analyzer[Sentiment], emoji: str, label: str) -> None:
    (result,) = read(analyzer, emoji)
    assert result.label == label
    assert result.sentences == ()


def test_bold_unicode_letters_are_read_as_letters(analyzer: Analyzer[Sentiment]) -> None:
    bold = "".join(
        chr(ord(c) - ord("a") + 0x1D41A) if c.isascii() and c.islower() else c for c in GOOD
    )
    styled, plain = read(analyzer, bold, GOOD)
    assert styled.scores.positive == pytest.approx(plain.scores.positive, abs=1e-3)


def test_sections_come_in_order_with_the_model(analyzer: Analyzer[Sentiment]) -> None:
    finnish = "Olemme iloisia voidessamme avata uuden tehtaamme Tampereella tänään."
    sections = analyze_batch(analyzer, [Document.read(text) for text in (GOOD, finnish, BAD)])
    assert [s.status for s in sections] == [
        Status.OK, Status.UNSUPPORTED_LANGUAGE, Status.OK,
    ]  # fmt: skip
    assert {s.model for s in sections} == {analyzer.model}


def test_a_head_of_another_encoder_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    from deployments.weights.released import SENTIMENT_HEAD, model_file

    tensors = load_file(model_file(SENTIMENT_HEAD, "head.safetensors"))
    about = {"outputs": "{}", "encoder_sha256": "f" * 64}
    save_file(tensors, tmp_path / "head.safetensors", metadata=about)
    with pytest.raises(ModelMismatch, match="were fitted on encoder ffff"):
        load("sentiment", exact_configs("sentiment", head=str(tmp_path)))
