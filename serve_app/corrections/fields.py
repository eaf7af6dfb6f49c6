"""Fields that bodies of rules and corrections share, and what their values must be besides."""

import unicodedata
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from deployments.entities.analyzer import LABELS as ENTITY_LABELS
from serve_app.api.typed_body import INTEGRAL
from serve_app.posts.terms import ENTITY_LABEL
from serve_app.problems import quote
from serve_app.request.fields import invalid_request
from serve_app.request.post import MAX_CHARACTERS

MAX_PHRASE_CHARACTERS = 200
#: Of one rule.
MAX_RULE_PHRASES = 500
#: An id for examples.
EXAMPLE_ID = "01a21894-7cd7-771c-a18c-279637398a98"


Polarity = Literal["positive", "neutral", "negative"]
PhraseText = Annotated[str, Field(min_length=1, max_length=MAX_PHRASE_CHARACTERS)]
_Label = Annotated[
    str,
    Field(
        pattern=f"^{ENTITY_LABEL.pattern}$",
        description=f"One of {', '.join(ENTITY_LABELS)}, or your own.",
    ),
]
LabelOrNone = Annotated[_Label | None, Field(description="null: it is no entity.")]
IsKeyword = Annotated[StrictBool, Field(description="Whether it is a keyword.")]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Start = Annotated[
    int,
    Field(ge=0, le=MAX_CHARACTERS, description="In code points."),
    INTEGRAL,
]
End = Annotated[int, Field(ge=1, le=MAX_CHARACTERS), INTEGRAL]


def checked_phrase(phrase: str, pointer: str) -> str:
    """A phrase that can be looked for.

    Raises:
        InvalidRequest: it is blank at an end, or has no letter or digit, or has other signs than
            are printed.
    """
    if not any(sign.isalnum() for sign in phrase):
        detail = f"{quote(phrase)} has neither a letter nor a digit."
        raise invalid_request(
            "unsearchable-phrase", detail, pointer, fix="Send a word, or several."
        )
    if phrase != phrase.strip():
        detail = f"{quote(phrase)} begins or ends with white space."
        raise invalid_request("unsearchable-phrase", detail, pointer, fix="Leave it out.")
    for sign in phrase:
        if unicodedata.category(sign) in ("Cc", "Cs"):
            detail = f"The phrase holds the control character U+{ord(sign):04X}."
            raise invalid_request("unsearchable-phrase", detail, pointer, fix="Leave it out.")
    return phrase
