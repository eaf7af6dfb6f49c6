"""The language of short and long prose; English is not refused for its names."""

import json
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.text.document import Document
from deployments.text.language import detect
from tests.labelled_data import DATA, NO_DATA

READ_BY_ENGLISH_ANALYSES = {"en", "und"}


@pytest.mark.parametrize(
    "text, code",
    [
        ("We are thrilled to announce that our team is growing again.", "en"),
        ("Wir freuen uns, dass unser Team in diesem Jahr weiter wächst.", "de"),
        ("Nous sommes ravis d'annoncer l'ouverture de notre bureau à Lyon.", "fr"),
        ("Estamos muy orgullosos del trabajo de todo el equipo.", "es"),
        ("Siamo felici di condividere i risultati di quest'anno.", "it"),
        ("Estamos contratando pessoas apaixonadas por tecnologia.", "pt"),
        ("Wij zijn op zoek naar een nieuwe collega in Utrecht.", "nl"),
        ("Мы рады объявить о запуске нового продукта.", "ru"),
        ("新しいオフィスを東京に開設しました。", "ja"),
        ("おはよう", "ja"),
        ("我们很高兴宣布新的合作伙伴关系。", "zh"),
        ("Merci à tous", "fr"),
        ("Ich freue mich", "de"),
        ("Wir stellen ein", "de"),
        ("Buongiorno a tutti", "it"),
        ("Nous recrutons un Product Owner et un Data Engineer", "fr"),
        ("Unser Team hat den Best Workplace Award gewonnen", "de"),
        ("Estamos muy contentos de join the team", "es"),
    ],
)
def test_prose_is_recognised(text: str, code: str) -> None:
    language = detect(text)
    assert language.code == code
    assert 0.3 <= language.confidence <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        "Great!", "So proud!", "Thrilled to join Acme", "Congrats team", "Happy Friday", "OK",
        "AI AI AI", "GDPR ISO 27001 SOC 2", "Acme GmbH Berlin", "Kubernetes Docker Terraform AWS",
        "But wait...", "Congratulations Priya Raghunathan", "Emily Kates - Salesforce",
        "Kudos Giulia Bianchi and Marco Rossi at UniCredit Milano",
        "Join them on Dec. 3 at 9am PT/12pm ET/5pm GMT to learn:",
        "Want to learn more?", "GREAT NEWS", "𝗕𝗶𝗴 𝗻𝗲𝘄𝘀", "She’s brilliant", "I can’t unsee it",
        "Mille grazie everyone, you made our day in Torino!",
        "My new job: Referent Einkauf at Schröder & Töchter GmbH, Hamburg.",
        "C'est la vie, but we try again next year", "Danke to our whole team in Köln",
        "Congrats Anaïs Lefèvre, new Directrice Générale at Crédit du Nord!",
        "Visita guiada at the Museo Nacional, then paella with everyone",
    ],
)  # fmt: skip
def test_short_english_is_never_refused(text: str) -> None:
    assert Document.read(text).language.code in READ_BY_ENGLISH_ANALYSES


@pytest.mark.parametrize("text", ["", " \n", "123 456", "🎉🎉", "!!! ...", "\x00", "\ud800"])
def test_a_text_without_letters_is_undetermined(text: str) -> None:
    assert detect(text).code == "und"


@given(st.text(st.characters(), max_size=80))
@settings(max_examples=100, deadline=None)
def test_any_text_gets_an_answer(text: str) -> None:
    language = detect(text)
    assert language.code == language.code.lower() != ""
    assert 0.0 <= language.confidence <= 1.0


def test_threads_agree() -> None:
    answers: list[str] = []
    prose = "Wir freuen uns sehr auf die Zusammenarbeit mit allen."
    threads = [
        threading.Thread(target=lambda: answers.append(detect(prose).code)) for _ in "12345678"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["de"] * 8


def rows(name: str) -> list[dict[str, str]]:
    path = DATA / name
    if not path.exists():
        pytest.skip(NO_DATA)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def accuracy(sample: list[dict[str, str]]) -> float:
    right = 0
    for row in sample:
        code = detect(row["text"]).code
        right += code == row["lang"] or (code == "und" and len(row["text"]) <= 20)
    return right / len(sample)


def test_accuracy_on_sentences_of_25_languages() -> None:
    sample = rows("langid_sample/test.jsonl")
    assert accuracy(sample) >= 0.99
    assert accuracy([row for row in sample if 20 <= len(row["text"]) <= 60]) >= 0.97


@pytest.mark.parametrize(
    "name, code",
    [
        ("germeval2014/validation.de", "de"), ("kpwr_ner/validation.pl", "pl"),
        ("swedish_news_ner/train.sv", "sv"), ("uner/validation.pt", "pt"),
        ("uner/validation.sv", "sv"), ("uner/validation.da", "da"),
        *((f"wikineural_sample/validation.{c}", c) for c in ("es", "fr", "it", "nl", "pl")),
    ],
)  # fmt: skip
def test_accuracy_on_texts_of_60_characters_and_more(name: str, code: str) -> None:
    texts = [row["text"] for row in rows(f"{name}.jsonl")]
    prose = [text for text in texts if len(text) >= 60][:600]
    told = sum(Document.read(text).language.code == code for text in prose)
    assert told >= 0.985 * len(prose)


def test_english_posts_are_not_refused() -> None:
    posts = rows("company_posts/posts.jsonl")
    refused = [
        row for row in posts if Document.read(row["text"]).language.code not in ("en", "und")
    ]
    # Five of the posts are in Spanish and Portuguese, and those alone are refused.
    assert {Document.read(row["text"]).language.code for row in refused} <= {"es", "pt"}
    assert len(refused) == 5
