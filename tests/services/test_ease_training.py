"""The released scale of ease is what its recipe makes, and keeps what its card promises."""

import pytest

from deployments.readability.ease import SCALES_FILE
from deployments.readability.language_ease import SCALES_FILE as LANGUAGE_SCALES_FILE
from tests.labelled_data import DATA, needs_data
from training import language_ease
from training.ease import as_json, fit, reference_passages
from training.evaluation.ease_slices import pearson, read
from training.word_frequency import tenths

# Nothing but arithmetic, for which counting lines takes longer than computing.
pytestmark = pytest.mark.no_cover


@needs_data
def test_the_recipe_makes_the_released_file() -> None:
    made = as_json(fit(reference_passages(DATA)))
    assert made == SCALES_FILE.read_text(encoding="utf-8")


@needs_data
def test_the_recipe_makes_the_scales_of_the_other_languages() -> None:
    made = language_ease.as_json(language_ease.fit(reference_passages(DATA)))
    assert made == LANGUAGE_SCALES_FILE.read_text(encoding="utf-8")


@needs_data
def test_ease_agrees_with_teachers_better_than_every_formula() -> None:
    rows = read(DATA, "clear_corpus", "validation")
    formulas = ("flesch_reading_ease", "smog", "dale_chall", "grade")
    assert pearson(rows, "ease") >= 0.7
    assert pearson(rows, "ease") > 0.1 + max(pearson(rows, formula) for formula in formulas)


def test_the_list_of_words_is_cut_at_its_end_and_to_its_letters() -> None:
    bins: list[list[str]] = [[] for _ in range(605)]
    bins[127], bins[600], bins[601] = ["the"], ["it's", "kraków", "3d", "lid"], ["rare"]
    assert tenths(bins) == {77: ["the"], 30: ["it's", "lid"]}
    bins[545] = ["kraków", "3d"]
    assert tenths(bins, "pl") == {77: ["the"], 35: ["kraków"]}
