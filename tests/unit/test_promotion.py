"""Calls to action and sales language are found, and plain prose is not taken for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deployments.text.document import Document
from deployments.tone.promotion import promotion, promotion_score
from tests.growth import grows_linearly


@pytest.mark.parametrize(
    "sentence",
    [
        "Register now",
        "Book your free demo today.",
        "👉 Download the report",
        "Please sign up by Friday.",
        "If you are in Lyon, join us on Tuesday.",
        "Ready? Then try it.",
        "So, please subscribe",
        "Don’t miss the keynote",
        "Learn more and apply today.",
        "(DM me for details)",
        "Visit our booth",
        "Buy now",
    ],
)
def test_a_call_to_commit(sentence: str) -> None:
    assert promotion_score(sentence) >= 0.5


@pytest.mark.parametrize(
    "sentence",
    [
        "Learn more",
        "Discover the new line",
        "Check it out",
        "→ Read the full story",
        "Find out how",
    ],
)
def test_a_call_to_look_is_worth_less(sentence: str) -> None:
    assert promotion_score(sentence) == 0.3


@pytest.mark.parametrize(
    "sentence",
    [
        "I registered the company in 2019.",
        "She will join the board in May.",
        "We booked a room and tried to sleep.",
        "They discover bugs before customers do.",
        "The book your aunt wrote is on my desk.",
        "We download 40 GB a day.",
        "You were right.",
        "Nobody could sign up for two days!",
        "Our platform team has three people.",
        "Time is limited.",
        "",
    ],
)
def test_prose_that_only_uses_such_words_is_not_promotional(sentence: str) -> None:
    assert promotion_score(sentence) == 0.0


def test_an_aim_adds_to_a_call_and_to_nothing_else() -> None:
    assert promotion_score("Register now", linked=True) == 0.7
    assert promotion_score("Learn how we built it, link in the comments") == 0.5
    assert promotion_score("Save your seat") == 0.7
    assert promotion_score("You wrote to us", linked=True) == 0.0


def test_a_pointer_to_the_comments_counts_by_itself() -> None:
    assert promotion_score("Link in the first comment.") == 0.4
    assert promotion_score("The full paper: link below 👇") == 0.4


@pytest.mark.parametrize(
    "sentence",
    ["There is a free trial.", "20% off until Sunday", "Only 5 seats left", "You're invited"],
)
def test_offers(sentence: str) -> None:
    assert promotion_score(sentence) == 0.5


@pytest.mark.parametrize(
    "sentence",
    ["A game-changing release", "This will boost your reach", "Our new platform helps teams"],
)
def test_sales_talk(sentence: str) -> None:
    assert promotion_score(sentence) == 0.4


def test_an_exclamation_mark_adds_only_to_what_is_there() -> None:
    assert promotion_score("Register now!") == 0.6
    assert promotion_score("We won!") == 0.0


def test_everything_at_once_is_one() -> None:
    assert (
        promotion_score("Sign up now for your free trial of our game-changing app!", linked=True)
        == 1.0
    )


def shares(text: str) -> list[float]:
    return promotion(Document.read(text))


def test_there_is_one_share_for_each_sentence_in_order() -> None:
    assert shares("We met in May. Register here: https://a.example") == [0.0, 0.7]


@pytest.mark.parametrize("between", [" ", "\n", "\n\n👉 ", " 👇👇\n"])
def test_a_link_right_behind_a_sentence_is_its_aim(between: str) -> None:
    assert shares(f"Register now!{between}https://a.example/x") == [pytest.approx(0.8)]


def test_a_link_behind_other_words_is_not() -> None:
    first, _ = shares("Register now! The slides of last year: https://a.example/x")
    assert first == 0.6


def test_what_stands_in_signals_calls_nobody() -> None:
    assert shares("We met @register_now at https://join.example/us #downloadnow.") == [0.0]


@pytest.mark.parametrize("text", ["", "🎉", "#join #us"])
def test_a_text_without_sentences_is_one_that_promotes_nothing(text: str) -> None:
    assert shares(text) == [0.0]


def test_a_sentence_broken_over_lines_is_read_as_one() -> None:
    assert shares("Sign\nup for the course.") == [0.5]


@given(st.text(alphabet="join us!.,-%5 \n👉https://a.exbk", max_size=120))
def test_shares_are_shares_for_any_text(text: str) -> None:
    found = shares(text)
    assert len(found) == max(1, len(Document.read(text).sentences))
    assert all(0 <= value <= 1 for value in found)


@pytest.mark.no_cover
@pytest.mark.parametrize("wall", ["and please ", "join ", "!", "take your a ", "link a b c ", "5"])
def test_time_grows_no_faster_than_a_wall_of_words(wall: str) -> None:
    documents = {n: Document.read((wall * n)[:n]) for n in (5_000, 20_000)}
    assert grows_linearly(lambda length: promotion(documents[length]), 20_000)


@pytest.mark.parametrize(
    "code, selling, telling",
    [
        (
            "es",
            "¡Inscríbete hoy y reserva tu plaza!",
            "Ayer llegaron doce alumnos al curso.",
        ),
        ("pt", "Inscreva-se já e garanta o seu lugar!", "Ontem doze alunos entraram no curso."),
        ("fr", "Inscrivez-vous et profitez de 20 % de remise !", "Douze élèves suivent ce cours."),
        ("de", "Jetzt anmelden und Platz sichern!", "Zwölf Lehrlinge haben gestern begonnen."),
        ("it", "Iscriviti ora e prenota il tuo posto!", "Dodici allievi seguono il corso."),
        ("nl", "Meld je nu aan en reserveer je plek!", "Twaalf leerlingen volgen de cursus."),
        ("sv", "Anmäl dig och boka din plats!", "Tolv elever går kursen i höst."),
        ("da", "Tilmeld dig og book din plads!", "Tolv elever følger kurset i år."),
        ("pl", "Zapisz się i zarezerwuj swoje miejsce!", "Dwunastu uczniów chodzi na kurs."),
    ],
)
def test_promotion_goes_by_the_language(code: str, selling: str, telling: str) -> None:
    assert promotion_score(selling, code=code) >= 0.6
    assert promotion_score(telling, code=code) == 0.0
