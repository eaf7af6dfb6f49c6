"""The JSON bodies of /v1/trends as pydantic models, for the OpenAPI document.

Answers are made of arrays and encoded without pydantic; tests hold these models to what is sent.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from serve_app.trends.buckets import BUCKETS, MAX_BUCKETS
from serve_app.trends.layouts import TERM_KINDS
from serve_app.trends.measures import MEASURES
from serve_app.trends.significance import LEVEL

_Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_Posts = Annotated[int, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Probability = Annotated[float, Field(ge=0, le=1)]

_SERIES = (
    "A number for each bucket, in their order; null where no post tells it. `share` is the part "
    "of the analysed posts, or with `share_of` of the posts of all names; null for other series. "
    "`deviations` are standard deviations of a sample."
)


class TrendTotal(BaseModel):
    """The same of the whole range."""

    posts: Annotated[_Posts, Field(description="Posts that have the measure.")]
    share: _Share | None
    counts: Annotated[dict[str, _Posts], Field(description="Posts of each class.")]
    means: dict[str, float | None]
    deviations: dict[str, float | None]


class TrendSeries(BaseModel):
    """One line of a chart."""

    model_config = ConfigDict(json_schema_extra={"description": _SERIES})

    name: Annotated[
        str | None,
        Field(description="Of the term, author or tag; null where there is a single series."),
    ]
    posts: list[_Posts]
    share: list[_Share | None] | None
    counts: dict[str, list[_Posts]]
    means: dict[str, list[float | None]]
    deviations: dict[str, list[float | None]]
    total: TrendTotal


_EXAMPLE_TREND: dict[str, Any] = {
    "measure": "sentiment",
    "bucket": "week",
    "tz": "Europe/Madrid",
    "author": None,
    "tag": "launch",
    "since": "2026-05-04T00:00:00+02:00",
    "until": "2026-05-18T00:00:00+02:00",
    "buckets": ["2026-05-04T00:00:00+02:00", "2026-05-11T00:00:00+02:00"],
    "series": [
        {
            "name": None,
            "posts": [3, 0],
            "share": None,
            "counts": {"positive": [2, 0], "neutral": [1, 0], "negative": [0, 0], "mixed": [0, 0]},
            "means": {"score": [0.5131, None]},
            "deviations": {"score": [0.4473, None]},
            "total": {
                "posts": 3,
                "share": None,
                "counts": {"positive": 2, "neutral": 1, "negative": 0, "mixed": 0},
                "means": {"score": 0.5131},
                "deviations": {"score": 0.4473},
            },
        }
    ],
}


class TrendBody(BaseModel):
    """A measure over time. Buckets are whole, so the range may be a little longer than asked."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE_TREND]})

    measure: Annotated[str, Field(json_schema_extra={"enum": list(MEASURES)})]
    bucket: Annotated[str, Field(json_schema_extra={"enum": list(BUCKETS)})]
    tz: str
    author: str | None
    tag: str | None
    since: _Time
    until: _Time
    buckets: Annotated[
        list[_Time], Field(max_length=MAX_BUCKETS, description="When each begins, in `tz`.")
    ]
    series: Annotated[list[TrendSeries], Field(description="Those with the most posts first.")]


class PeriodPosts(BaseModel):
    """Numbers of posts in both periods."""

    now: _Posts
    before: _Posts


class PeriodShares(BaseModel):
    """Parts of the analysed posts in both periods; null where there are none."""

    now: _Share | None
    before: _Share | None


class TermChange(BaseModel):
    """A term in both periods."""

    kind: Annotated[str, Field(json_schema_extra={"enum": list(TERM_KINDS)})]
    name: str
    posts: PeriodPosts
    share: PeriodShares
    ratio: Annotated[
        float | None, Field(ge=0, description="Of the shares; null where one of them is 0.")
    ]
    p_value: Annotated[
        _Probability | None,
        Field(description="Fisher's exact test, of this term alone; null where it is not tested."),
    ]
    q_value: Annotated[
        _Probability | None,
        Field(description="The level at which it is significant among all terms tested."),
    ]
    significant: Annotated[bool, Field(description="Whether `q_value` is at most `level`.")]
    too_few: Annotated[
        bool, Field(description="Whether so few posts have it that no test could tell anything.")
    ]


_EXAMPLE_CHANGE: dict[str, Any] = {
    "kind": "entities",
    "name": "shell",
    "posts": {"now": 41, "before": 12},
    "share": {"now": 0.0312, "before": 0.0095},
    "ratio": 3.2842,
    "p_value": 0.0000983,
    "q_value": 0.0122,
    "significant": True,
    "too_few": False,
}


class TermChanges(BaseModel):
    """Terms that are in more, or in fewer, of the posts than in the period before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "since": "2026-05-04T00:00:00.000000Z",
                    "before_since": "2026-04-27T00:00:00.000000Z",
                    "until": "2026-05-11T00:00:00.000000Z",
                    "author": None,
                    "tag": None,
                    "posts": {"now": 1314, "before": 1263},
                    "level": 0.05,
                    "tested": 124,
                    "rising": [_EXAMPLE_CHANGE],
                    "falling": [],
                }
            ]
        }
    )

    before_since: Annotated[_Time, Field(description="When the period before begins.")]
    since: Annotated[_Time, Field(description="When it ends, and the later one begins.")]
    until: Annotated[_Time, Field(description="When the later one ends.")]
    author: str | None
    tag: str | None
    posts: Annotated[PeriodPosts, Field(description="Analysed posts of both periods.")]
    level: Annotated[
        float,
        Field(
            json_schema_extra={"const": LEVEL},
            description="Of the terms called significant, so many at most are by chance.",
        ),
    ]
    tested: Annotated[int, Field(ge=0, description="Terms that were tested.")]
    rising: Annotated[list[TermChange], Field(description="The surest first.")]
    falling: list[TermChange]
