"""Baselines: what is usual, told from a past with odd days, rhythm and dispersion."""

from dataclasses import replace

import numpy as np
import pytest

from serve_app.alerts.baseline import LENGTHS
from serve_app.alerts.calibration import Calibration, Watch, baseline_span, calibrate
from serve_app.alerts.count_baseline import fit_counts
from serve_app.alerts.hourly import Bucket, Hourly, hour_of, hour_of_week, time_of
from serve_app.alerts.likelihood import Windows, evidence, evidence_of
from serve_app.alerts.measures import MEASURES
from serve_app.alerts.value_baseline import fit_values

_MONDAY = 4 * 24
_DAYS = 28
_ALL = np.ones(_DAYS, bool)


def past(seed: int = 1, *, mean: float = 0.3, per_hour: float = 8.0) -> Hourly:
    """Independent posts with standard deviation 0.4, as many in every hour."""
    generator = np.random.default_rng(seed)
    count = generator.poisson(per_hour, _DAYS * 24).astype(float)
    total = count * mean + generator.normal(0, 0.4, len(count)) * np.sqrt(count)
    squares = count * (mean**2 + 0.16)
    return Hourly(_MONDAY, count, total, squares)


class TestHourly:
    def test_hours_of_the_week_begin_on_monday(self) -> None:
        monday = hour_of(time_of(_MONDAY))
        assert time_of(monday).strftime("%A %H") == "Monday 00"
        assert hour_of_week(np.array([monday, monday - 1])).tolist() == [0, 167]

    def test_hours_without_a_bucket_have_no_post(self) -> None:
        buckets = [Bucket(time_of(11), 2, 0.5, 0.2), Bucket(time_of(99), 1, 1, 1)]
        hourly = Hourly.of(buckets, 10, 13)
        assert hourly.count.tolist() == [0, 2, 0]
        assert hourly.total.tolist() == [0, 0.5, 0]
        assert hourly.hours.tolist() == [10, 11, 12]

    def test_a_part_is_as_long_as_there_are_hours(self) -> None:
        hourly = Hourly.of([Bucket(time_of(11), 2, 0.5, 0.2)], 10, 13)
        assert hourly.between(11, 99).count.tolist() == [2, 0]
        assert hourly.between(0, 11).count.tolist() == [0]
        assert len(hourly.between(20, 30)) == 0


class TestValues:
    def test_level_and_variance_are_those_of_the_posts(self) -> None:
        baseline = fit_values("mean", past(), _ALL, 0.05)
        assert baseline.level == pytest.approx(0.3, abs=0.01)
        assert baseline.variance == pytest.approx(0.16, abs=0.005)
        assert max(baseline.dispersion) < 1.4

    def test_some_odd_days_change_nothing(self) -> None:
        usual = past()
        total = usual.total.copy()
        total[5 * 24 : 9 * 24] -= 0.6 * usual.count[5 * 24 : 9 * 24]
        odd = fit_values("mean", replace(usual, total=total), _ALL, 0.05)
        assert odd.level == pytest.approx(0.3, abs=0.01)

    def test_hours_that_are_always_gloomier_are_no_change(self) -> None:
        usual = past()
        gloomy = usual.hours % 24 < 6
        total = usual.total - 0.3 * usual.count * gloomy
        baseline = fit_values("mean", replace(usual, total=total), _ALL, 0.05)
        by_hour = np.array(baseline.rhythm[:24])
        assert by_hour[:6].mean() - by_hour[6:].mean() == pytest.approx(-0.3, abs=0.03)

    def test_differences_of_hours_that_chance_explains_are_none(self) -> None:
        baseline = fit_values("mean", past(), _ALL, 0.05)
        assert np.abs(baseline.rhythm).max() < 0.02

    def test_a_share_that_was_never_seen_is_not_impossible(self) -> None:
        usual = past()
        nothing = replace(usual, total=usual.total * 0, squares=usual.squares * 0)
        assert 0 < fit_values("share", nothing, _ALL, 0.05).level < 0.001

    def test_values_that_were_all_alike_vary_a_little(self) -> None:
        usual = past()
        alike = replace(usual, total=usual.count * 0.5, squares=usual.count * 0.25)
        assert fit_values("mean", alike, _ALL, 0.05).variance == pytest.approx(0.0025)

    def test_days_with_moods_are_dispersed(self) -> None:
        usual = past()
        moods = np.repeat(np.random.default_rng(3).normal(0, 0.1, _DAYS), 24)
        moody = replace(usual, total=usual.total + usual.count * moods)
        dispersion = fit_values("mean", moody, _ALL, 0.05).dispersion
        # 192 posts a day: 1 + 192 * 0.1**2 / 0.16 = 13.
        assert 5 < dispersion[LENGTHS.index(24)] < 25
        assert dispersion[0] < 2


class TestCounts:
    def test_the_rhythm_of_the_week_is_learned(self) -> None:
        usual = past()
        week = hour_of_week(usual.hours)
        rate = 8 * np.where(week // 24 >= 5, 0.5, 1.2) * np.where(week % 24 < 8, 0.25, 1.375)
        count = np.random.default_rng(1).poisson(rate).astype(float)
        baseline = fit_counts(replace(usual, count=count), _ALL)
        expected = baseline.expected(usual)
        for part in (week // 24 >= 5, week % 24 < 8, (week // 24 == 2) & (week % 24 >= 8)):
            assert expected[part].mean() == pytest.approx(rate[part].mean(), rel=0.08)

    def test_of_an_hour_that_has_half_passed_half_is_expected(self) -> None:
        baseline = fit_counts(past(), _ALL)
        hour = past().between(_MONDAY, _MONDAY + 1)
        whole = baseline.expected(hour)
        assert baseline.expected(hour, exposure=np.array([0.5])) == pytest.approx(whole / 2)

    def test_some_odd_days_change_nothing(self) -> None:
        usual = past()
        count = usual.count.copy()
        count[5 * 24 : 8 * 24] *= 5
        odd = fit_counts(replace(usual, count=count), _ALL)
        assert odd.level == pytest.approx(8, rel=0.05)

    def test_nothing_at_all_is_a_baseline_too(self) -> None:
        usual = past()
        baseline = fit_counts(replace(usual, count=usual.count * 0), _ALL)
        assert 0 < baseline.level * 24 * _DAYS < 1

    def test_lively_hours_and_days_are_dispersed(self) -> None:
        usual = past()
        generator = np.random.default_rng(2)
        lively = 8 * np.repeat(np.exp(generator.normal(0, 0.3, _DAYS)), 24)
        count = generator.poisson(lively * generator.gamma(4, 1 / 4, len(lively))).astype(float)
        baseline = fit_counts(replace(usual, count=count), _ALL)
        assert baseline.dispersion[0] > 2
        assert baseline.dispersion[LENGTHS.index(24)] > 5


def _windows(posts: float, observed: float, expected: float, dispersion: float = 1) -> Windows:
    return Windows(*(np.array([float(each)]) for each in (posts, observed, expected, dispersion)))


class TestEvidence:
    def test_of_a_mean_is_half_the_squared_standard_score(self) -> None:
        windows = _windows(100, 15, 30)
        [ratio] = evidence("mean", windows, variance=0.16, least_change=0.05, sign=-1)
        assert ratio == pytest.approx((15 / (0.4 * 10)) ** 2 / 2)

    def test_of_a_small_change_that_matters_to_nobody_is_none(self) -> None:
        windows = _windows(10_000, 3_000 - 100, 3_000)
        [ratio] = evidence("mean", windows, variance=0.16, least_change=0.1, sign=-1)
        assert ratio < 0

    def test_of_the_other_direction_is_none(self) -> None:
        for family in ("mean", "share", "count"):
            windows = _windows(100, 60, 30)
            [ratio] = evidence(family, windows, variance=0.2, least_change=0.05, sign=-1)
            assert ratio < 0

    def test_of_a_share_is_the_binomial_distribution_s(self) -> None:
        [ratio] = evidence("share", _windows(20, 9, 2), variance=1, least_change=0.05, sign=1)
        assert ratio == pytest.approx(9 * np.log(0.45 / 0.1) + 11 * np.log(0.55 / 0.9))

    def test_of_a_count_without_dispersion_is_the_poisson_distribution_s(self) -> None:
        [ratio] = evidence("count", _windows(9, 9, 3), variance=1, least_change=0.25, sign=1)
        assert ratio == pytest.approx(9 * np.log(3) - 6, rel=1e-6)

    def test_of_a_dispersed_count_is_less(self) -> None:
        [ratio] = evidence("count", _windows(9, 9, 3, 3), variance=1, least_change=0.25, sign=1)
        assert 0 < ratio < (9 * np.log(3) - 6) / 2

    def test_of_no_post_where_many_are_expected(self) -> None:
        [ratio] = evidence("count", _windows(0, 0, 30), variance=1, least_change=0.25, sign=-1)
        assert ratio == pytest.approx(30, rel=1e-3)

    @pytest.mark.parametrize("family", ["mean", "share", "count"])
    def test_of_one_change_is_at_most_that_of_the_likeliest(self, family: str) -> None:
        windows = _windows(50, 20, 10)
        [most] = evidence(family, windows, variance=0.2, least_change=0.01, sign=1)  # type: ignore[arg-type]
        ratios = [
            evidence_of(family, windows, variance=0.2, change=change)[0]  # type: ignore[arg-type]
            for change in (0.05, 0.1, 0.2, 0.3, 1.0)
        ]
        assert max(ratios) <= most + 1e-9

    @pytest.mark.parametrize("family", ["mean", "share", "count"])
    @pytest.mark.parametrize("sign", [1, -1])
    def test_is_a_number_for_whatever_was_seen(self, family: str, sign: int) -> None:
        for posts, observed, expected in ((0, 0, 0), (5, 0, 0), (5, 5, 5), (1, 1, 1e-12)):
            windows = _windows(posts, observed, expected)
            [ratio] = evidence(family, windows, variance=0.2, least_change=0.05, sign=sign)  # type: ignore[arg-type]
            assert np.isfinite(ratio)


class TestCalibration:
    WATCH = Watch(MEASURES["mean_sentiment"], direction="below")

    def test_the_baseline_ends_where_the_longest_window_begins(self) -> None:
        now = _MONDAY + 60 * 24 + 13
        span = baseline_span(self.WATCH, now, earliest=0)
        assert span is not None
        assert (span.stop - span.start) == 28 * 24
        assert span.stop % 24 == 0
        assert now - 168 - 24 < span.stop <= now - 168 + 1

    @pytest.mark.parametrize(("hours", "days"), [(6 * 24 + 23, None), (7 * 24, 7), (20 * 24, 13)])
    def test_a_short_history_gives_a_short_baseline_or_none(
        self, hours: int, days: int | None
    ) -> None:
        span = baseline_span(self.WATCH, _MONDAY + hours, earliest=_MONDAY)
        assert (span and (span.stop - span.start) // 24) == days

    def test_too_few_posts_are_no_baseline_of_a_mean(self) -> None:
        few = past(per_hour=45 / (24 * _DAYS))
        assert few.count.sum() < 50
        assert calibrate(self.WATCH, few) is None
        assert calibrate(Watch(MEASURES["count"]), few) is not None

    def test_days_of_earlier_events_are_left_out(self) -> None:
        usual = past()
        event = np.zeros(len(usual), bool)
        event[: 14 * 24] = True
        lower = replace(usual, total=usual.total - 0.5 * usual.count * event)
        calibration = calibrate(self.WATCH, lower, left_out=event)
        assert calibration is not None
        assert calibration.baseline.level == pytest.approx(0.3, abs=0.01)

    def test_more_sensitive_rules_take_less_evidence(self) -> None:
        thresholds = [
            self._calibration(sensitivity=sensitivity).threshold
            for sensitivity in ("high", "medium", "low")
        ]
        assert thresholds == sorted(thresholds)
        assert thresholds[0] < thresholds[2]

    def test_both_directions_take_more_evidence_than_one(self) -> None:
        one, both = self._calibration(), self._calibration(direction="either")
        assert both.threshold > one.threshold

    def test_the_least_change_is_in_the_measure_s_unit(self) -> None:
        assert self._calibration().least_change == pytest.approx(0.2 * 0.4, rel=0.02)
        assert self._calibration(least_change=0.01).least_change == 0.01

    def _calibration(self, **changes: object) -> Calibration:
        calibration = calibrate(replace(self.WATCH, **changes), past())  # type: ignore[arg-type]
        assert calibration is not None
        return calibration
