"""Tables go where their marks are, and floors hold."""

from pathlib import Path

import pytest

from training import evaluate
from training.evaluation import floors
from training.evaluation.markdown_tables import as_language_table, as_table, renew, renew_rows
from training.evaluation.metric_row import MEAN, Baseline, MetricSheet
from training.outputs import MODELS

SHEET = MetricSheet("tone", {"set AUC": 0.9, "set error": 0.03}, {"set AUC": "someone 88.0"})
AUC = SHEET.row("set", 1_200, "AUC", 0.91, baseline=Baseline("words", 0.8))
ERROR = SHEET.row("set", 1_200, "error", 0.04, lower_is_better=True)
ABSENT = SHEET.row("other", 0, "AUC", None, missing="no data")
MARKED = "before\n<!-- figures -->\nold\n<!-- end of figures -->\nafter\n"


def test_a_goal_is_reached_from_the_right_side() -> None:
    assert (AUC.met, ERROR.met, ABSENT.met) == (True, False, None)


def test_a_line_tells_ours_stock_reference_and_goal() -> None:
    head, _, *lines = as_table([AUC, ERROR, ABSENT]).splitlines()
    assert head.startswith("| analysis | set |")
    assert lines[0] == (
        "| tone | set | 1,200 | AUC | 0.910 | words: 0.800 | someone 88.0 | >= 0.90 | yes |"
    )
    assert lines[1].endswith("| 0.040 |  |  | <= 0.03 | no |")
    assert "| no data |" in lines[2]
    assert as_table([AUC], analysis=False).startswith("| set |")


def test_a_table_replaces_what_stood_between_its_marks(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text(MARKED)
    renew(card, "figures", "new\n")
    assert card.read_text() == MARKED.replace("old", "new")
    with pytest.raises(ValueError, match="checks"):
        renew(card, "checks", "new\n")


def test_lines_of_other_analyses_stay(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(MARKED)
    other = MetricSheet("sentiment").row("tweets", 5, "accuracy", 0.5)
    for figures in ([AUC], [other], [ERROR]):
        renew_rows(page, "figures", as_table(figures), ("sentiment", "tone"))
    analyses = [line.split("|")[1:5] for line in page.read_text().splitlines()[4:6]]
    assert [cell[0].strip() for cell in analyses] == ["sentiment", "tone"]
    assert "AUC" not in page.read_text()


def test_a_card_without_marks_costs_the_others_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "page.md").write_text(MARKED)
    for name, text in (("tone", "bare"), ("sentiment", MARKED)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "README.md").write_text(text)
    figure = MetricSheet("sentiment").row("tweets", 5, "accuracy", 0.5)
    measured = {
        "tone": evaluate.Evaluation([AUC]),
        "readability": evaluate.Evaluation([]),
        "sentiment": evaluate.Evaluation([figure], tables={"checks": "none"}),
        "language": evaluate.Evaluation([]),
    }
    evaluate.renew_all(measured, tmp_path, tmp_path / "page.md")
    assert "| tweets |" in (tmp_path / "sentiment" / "README.md").read_text()
    assert (tmp_path / "tone" / "README.md").read_text() == "bare"
    assert capsys.readouterr().err.count("left alone") == 3


def test_a_table_by_language_has_a_column_for_each_and_lines_for_ours_stock_and_goals() -> None:
    sheet = MetricSheet("tone", {"set, es AUC": 0.8, "set, mean AUC": 0.7})
    rows = [
        sheet.row("set", 5, "AUC", 0.9, language="es", baseline=Baseline("words", 0.6)),
        sheet.row("set", 5, "AUC", 0.7, language="pl"),
        sheet.row("set", 10, "AUC", 0.8, language=MEAN),
    ]
    head, _, *lines = as_language_table(rows).splitlines()
    columns = [cell.strip() for cell in head.strip("|").split("|")]
    ours, words, goals = (
        dict(zip(columns, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
        for line in lines
    )
    assert (ours["whose"], ours["es"], ours["pl"], ours["mean"]) == (
        "ours",
        "0.900",
        "0.700",
        "0.800",
    )
    assert (words["whose"], words["es"], words["pl"]) == ("words", "0.600", "")
    assert (goals["whose"], goals["es"], goals["mean"]) == ("goal >=", "0.800", "0.700")


def test_rows_of_languages_have_floors_of_their_own() -> None:
    sheet = MetricSheet("tone", {"set, es AUC": 0.8})
    rows = [sheet.row("set", 5, "AUC", 0.9, language=code) for code in ("es", "pl")]
    assert floors.under(rows) == {"tone": {"set, es AUC": 0.88}}


def test_floors_lie_a_margin_under_figures_with_goals(tmp_path: Path) -> None:
    assert floors.under([AUC, ERROR, ABSENT]) == {"tone": {"set AUC": 0.89, "set error": 0.06}}
    file = tmp_path / "floors.json"
    floors.write([AUC], file)
    floors.write(
        [MetricSheet("sentiment", {"tweets accuracy": 0.4}).row("tweets", 5, "accuracy", 0.5)], file
    )
    assert set(floors.read(file)) == {"tone", "sentiment"}


def test_what_lies_under_its_floor_is_named() -> None:
    held = {"tone": {"set AUC": 0.91, "set error": 0.04}, "sentiment": {"unseen": 0.9}}
    assert list(floors.broken([AUC, ERROR], held)) == []
    low = {"tone": {"set AUC": 0.92, "set error": 0.03, "gone AUC": 0.5}}
    complaints = list(floors.broken([AUC, ERROR], low))
    assert [line.split(" ")[1] for line in complaints] == ["set", "set", "gone"]
    assert "not measured" in complaints[2]


def test_every_card_and_the_summary_have_their_marks() -> None:
    for path, name in (
        (evaluate.SUMMARY, "figures"),
        (evaluate.SUMMARY, "languages"),
        (MODELS / "sentiment" / "README.md", "checks"),
        *((MODELS / analysis / "README.md", name)
          for analysis in ("sentiment", "tone", "keywords", "entities")
          for name in ("figures", "languages")),
    ):  # fmt: skip
        text = path.read_text(encoding="utf-8")
        assert text.count(f"<!-- {name} -->\n") == text.count(f"<!-- end of {name} -->\n") == 1
