"""How often a rule alarms for nothing, and how soon it finds a change, on simulated posts.

    python -m loadtest.alert_simulation

Posting has a daily and a weekly rhythm, livelier and duller hours and days, and bursts of one
author; authors differ in their sentiment. The rule is evaluated after every post and every half
hour, which is when its answer can change; the service evaluates within 30 s. Every scenario runs
over several seeds; two cores take some minutes for all of them.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from serve_app.alerts.calibration import BASELINE_DAYS, Watch
from serve_app.alerts.hourly import Array, Hourly
from serve_app.alerts.measures import MEASURES
from serve_app.alerts.watching import (
    Ending,
    WatchState,
    calibrated,
    calibration_span,
    step,
    watched_span,
)

#: Share of a day's posts by hour, and of a mean day's posts by day of the week.
_HOURS = np.array(
    [0.3, 0.2, 0.15, 0.15, 0.2, 0.4, 0.8, 1.4, 2.0, 2.1, 1.9, 1.7,
     1.6, 1.7, 1.7, 1.6, 1.5, 1.4, 1.2, 1.0, 0.9, 0.7, 0.5, 0.4]
)  # fmt: skip
_WEEKDAYS = np.array([1.15, 1.2, 1.2, 1.15, 1.05, 0.6, 0.65])
#: Hours of 1970's first Monday; simulated time begins there.
_FIRST_MONDAY = 4 * 24
_EVALUATED_EVERY_H = 0.5
_WATCHED_DAYS = 30


@dataclass(frozen=True, slots=True)
class Posting:
    """How people post.

    Attributes:
        posts_per_day: on average.
        day_sd: of the logarithm of a day's liveliness.
        hour_shape: of the gamma distribution of an hour's liveliness.
        burst: probability that a post is followed by another one within the hour.
        authors: whose shares of posts follow Zipf's law.
        author_sd: of authors' mean sentiments.
        sentiment, sentiment_sd: of one post, authors included.
        mood_sd: of the mean sentiments of days.
    """

    posts_per_day: float = 200.0
    day_sd: float = 0.15
    hour_shape: float = 8.0
    burst: float = 0.15
    authors: int = 200
    author_sd: float = 0.15
    sentiment: float = 0.3
    sentiment_sd: float = 0.4
    mood_sd: float = 0.0


@dataclass(frozen=True, slots=True)
class Change:
    """What happens between two hours: another sentiment, another number of posts."""

    start: float
    stop: float = np.inf
    sentiment: float = 0.0
    posts: float = 1.0

    def covers(self, times: Array) -> NDArray[np.bool_]:
        """Which times lie within it."""
        return (times >= self.start) & (times < self.stop)


@dataclass(frozen=True, slots=True)
class PostStream:
    """Posts in the order of their times, in hours from the first Monday's midnight."""

    times: Array
    sentiments: Array


@dataclass(slots=True)
class Watched:
    """What a rule did: times in hours of its evaluations, alarms and endings."""

    evaluations: int = 0
    alarms: list[float] = field(default_factory=list)
    endings: list[tuple[float, Ending]] = field(default_factory=list)


def simulate(posting: Posting, days: int, seed: int, changes: Sequence[Change] = ()) -> PostStream:
    """Posts of so many days."""
    generator = np.random.default_rng(seed)
    hours = np.arange(days * 24)
    liveliness = np.exp(generator.normal(-(posting.day_sd**2) / 2, posting.day_sd, days))
    rates = posting.posts_per_day * (1 - posting.burst) * (_HOURS / _HOURS.sum())[hours % 24]
    rates *= (_WEEKDAYS / _WEEKDAYS.mean())[hours // 24 % 7] * liveliness[hours // 24]
    rates *= generator.gamma(posting.hour_shape, 1 / posting.hour_shape, len(hours))
    for change in changes:
        rates[change.covers(hours.astype(np.float64))] *= change.posts
    first = np.repeat(hours, generator.poisson(rates)) + 0.0
    first += generator.random(len(first))
    followers = generator.geometric(1 - posting.burst, len(first))
    times = np.repeat(first, followers)
    times = np.minimum(times + generator.exponential(0.1, len(times)), np.floor(times) + 0.999)
    authors = np.repeat(_authors(posting, len(first), generator), followers)
    order = np.argsort(times)
    times, authors = times[order], authors[order]
    return PostStream(times, _sentiments(posting, times, authors, generator, changes))


def _authors(posting: Posting, posts: int, generator: np.random.Generator) -> NDArray[np.int64]:
    return generator.choice(posting.authors, posts, p=_author_shares(posting))


def _author_shares(posting: Posting) -> Array:
    shares: Array = 1 / np.arange(1, posting.authors + 1)
    return shares / float(shares.sum())


def _sentiments(
    posting: Posting,
    times: Array,
    authors: NDArray[np.int64],
    generator: np.random.Generator,
    changes: Sequence[Change],
) -> Array:
    means = generator.normal(0, posting.author_sd, posting.authors)
    means -= (means * _author_shares(posting)).sum()
    days = (times // 24).astype(np.int64)
    moods = generator.normal(0, posting.mood_sd, days.max() + 1)
    own_sd = np.sqrt(posting.sentiment_sd**2 - posting.author_sd**2)
    values = posting.sentiment + means[authors] + moods[days]
    values += generator.normal(0, own_sd, len(times))
    for change in changes:
        values += change.sentiment * change.covers(times)
    clipped: Array = np.clip(values, -1, 1)
    return clipped


def watch_posts(posts: PostStream, values: Array, watch: Watch, days: int) -> Watched:
    """Have a rule evaluated as the service would, from when its baseline is complete.

    Args:
        posts: when they came.
        values: of the measure, a post each.
        watch: the rule.
        days: until then.
    """
    hourly = _hourly(posts.times, values, days)
    state, watched, span = WatchState(), Watched(), None
    begin = BASELINE_DAYS * 24 + watch.window_hours
    for time in _evaluations(posts.times, begin, days * 24):
        hour = int(time) + _FIRST_MONDAY
        if state.calibrated != hour:
            latest = calibration_span(watch, state, hour, earliest=_FIRST_MONDAY)
            if latest and latest != span:
                past = hourly.between(latest.start, latest.stop)
                state, span = calibrated(watch, state, hour, past), latest
        looked_at = watched_span(watch, state, hour)
        recent = _until(hourly.between(looked_at.start, looked_at.stop), posts.times, values, time)
        led_to = step(watch, state, recent, time % 1)
        state = led_to.state
        watched.evaluations += 1
        if led_to.alarm:
            watched.alarms.append(time)
        if led_to.ending:
            watched.endings.append((time, led_to.ending))
            span = None
    return watched


def _evaluations(times: Array, begin: float, end: float) -> Iterator[float]:
    grid = np.arange(begin, end, _EVALUATED_EVERY_H)
    every = np.unique(np.concatenate([grid, times[(times > begin) & (times < end)] + 1e-6]))
    yield from every.tolist()


def _hourly(times: Array, values: Array, days: int) -> Hourly:
    hours = times.astype(np.int64)
    weights = (np.ones_like(values), values, values**2)
    sums = (np.bincount(hours, each, days * 24 + 1)[: days * 24 + 1] for each in weights)
    return Hourly(_FIRST_MONDAY, *(each.astype(np.float64) for each in sums))


def _until(recent: Hourly, times: Array, values: Array, time: float) -> Hourly:
    """The hours with the last one as it is at a time."""
    if not len(recent):
        return recent
    first, last = np.searchsorted(times, [np.floor(time), time])
    current = values[first:last]
    sums = (float(last - first), float(current.sum()), float((current**2).sum()))
    series = (each.copy() for each in (recent.count, recent.total, recent.squares))
    changed = []
    for each, now in zip(series, sums, strict=True):
        each[-1] = now
        changed.append(each)
    return Hourly(recent.start, *changed)


_SENTIMENT_BELOW = Watch(MEASURES["mean_sentiment"], direction="below")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A rule and how people post.

    Attributes:
        name: for the table.
        measure: of :data:`MEASURES`; of sentiment, a negative post is one below -0.15.
        watch: the rule.
        posting: before and without the change.
        change: what happens from a moment on; None in a quiet time.
    """

    name: str
    measure: str = "mean_sentiment"
    watch: Watch = _SENTIMENT_BELOW
    posting: Posting = field(default_factory=Posting)
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Delay:
    """How long a change took to be found: posts after it began, and hours."""

    posts: int
    hours: float


def _values(measure: str, posts: PostStream) -> Array:
    if measure == "negative_share":
        return (posts.sentiments < -0.15).astype(np.float64)
    return posts.sentiments


def false_alarms(scenario: Scenario, seeds: Sequence[int]) -> list[int]:
    """The alarms of 30 quiet days, for each seed."""
    days = BASELINE_DAYS + scenario.watch.window_hours // 24 + _WATCHED_DAYS
    alarms = []
    for seed in seeds:
        posts = simulate(scenario.posting, days, seed)
        watched = watch_posts(posts, _values(scenario.measure, posts), scenario.watch, days)
        alarms.append(len(watched.alarms))
    return alarms


def delays(
    scenario: Scenario, seeds: Sequence[int], *, within_days: int = 14
) -> list[Delay | None]:
    """How long it took to find the change, for each seed; None where it was not found in time.

    It begins on another hour of the week with each seed, some days after the baseline is there.
    """
    assert scenario.change is not None
    begin = BASELINE_DAYS + scenario.watch.window_hours // 24 + 3
    days = begin + 7 + within_days
    found: list[Delay | None] = []
    for seed in seeds:
        start = begin * 24 + (seed * 37) % 168
        change = replace(scenario.change, start=start)
        posts = simulate(scenario.posting, days, seed, [change])
        watched = watch_posts(posts, _values(scenario.measure, posts), scenario.watch, days)
        after = [time for time in watched.alarms if time >= start]
        among = ((posts.times >= start) & (posts.times < after[0])).sum() if after else 0
        found.append(Delay(int(among), after[0] - start) if after else None)
    return found


def _rule(measure: str, direction: str, *, least_posts: int = 20) -> Watch:
    return Watch(MEASURES[measure], direction=direction, least_posts=least_posts)


_MOODY = Posting(mood_sd=0.03)

QUIET = (
    Scenario("mean sentiment, below"),
    Scenario("mean sentiment, either", watch=_rule("mean_sentiment", "either")),
    Scenario("mean sentiment, below, days with moods (sd 0.03)", posting=_MOODY),
    Scenario("mean sentiment, below, 5 posts a day", posting=Posting(posts_per_day=5, authors=20)),
    Scenario("negative share, above", "negative_share", _rule("negative_share", "above")),
    Scenario("count, above", "count", _rule("count", "above")),
    Scenario("count, below", "count", _rule("count", "below")),
    Scenario(
        "count, above, 5 posts a day",
        "count",
        _rule("count", "above", least_posts=5),
        Posting(posts_per_day=5, authors=20),
    ),
)
CHANGED = (
    Scenario("mean sentiment falls by 0.15", change=Change(0, sentiment=-0.15)),
    Scenario(
        "the same, 2,000 posts a day",
        posting=Posting(posts_per_day=2_000),
        change=Change(0, sentiment=-0.15),
    ),
    Scenario("the same, days with moods", posting=_MOODY, change=Change(0, sentiment=-0.15)),
    Scenario("mean sentiment falls by 0.3", change=Change(0, sentiment=-0.3)),
    Scenario("mean sentiment falls by 0.6", change=Change(0, sentiment=-0.6)),
    Scenario(
        "negative share, when mean sentiment falls by 0.3",
        "negative_share",
        _rule("negative_share", "above"),
        change=Change(0, sentiment=-0.3),
    ),
    Scenario("posts double", "count", _rule("count", "above"), change=Change(0, posts=2.0)),
    Scenario("posts halve", "count", _rule("count", "below"), change=Change(0, posts=0.5)),
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    seeds = range(parser.parse_args().seeds)
    print("| 30 quiet days | false alarms, mean | worst of all seeds |\n|---|---|---|")
    for scenario in QUIET:
        alarms = false_alarms(scenario, seeds)
        print(f"| {scenario.name} | {np.mean(alarms):.2f} | {max(alarms)} |", flush=True)
    print("\n| change | found | posts, median | posts, 90 % | hours, median | hours, 90 % |")
    print("|---|---|---|---|---|---|")
    for scenario in CHANGED:
        print(_delay_row(scenario, delays(scenario, seeds)), flush=True)


def _delay_row(scenario: Scenario, found: Sequence[Delay | None]) -> str:
    times = [delay for delay in found if delay]
    posts = np.quantile([delay.posts for delay in times], (0.5, 0.9))
    hours = np.quantile([delay.hours for delay in times], (0.5, 0.9))
    return (
        f"| {scenario.name} | {len(times)} of {len(found)} | {posts[0]:.0f} | {posts[1]:.0f} "
        f"| {hours[0]:.1f} | {hours[1]:.1f} |"
    )


if __name__ == "__main__":
    main()
