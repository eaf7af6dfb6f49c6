"""The JSON bodies of /v1/webhooks as pydantic models."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from serve_app.outgoing.addresses import MAX_URL_CHARACTERS
from serve_app.request.post import validate_string

#: Types of messages that a webhook may be sent.
MESSAGE_TYPES = ("alert.raised", "alert.ended", "job.ended")
#: By hand, whatever types the webhook takes.
TEST_TYPE = "webhook.test"
MAX_DESCRIPTION_CHARACTERS = 200
MAX_PAGE = 200

_Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
_Uuid = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
_Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_URL_CHARACTERS,
        description="http or https, without credentials and fragment; its host has an address of "
        "the public internet, unless `webhooks.allow_private` is set.",
        json_schema_extra={"pattern": "^https?://[^\\s@#]+$"},
    ),
    AfterValidator(lambda value: validate_string(value, "url")),
]
_Description = Annotated[
    str | None,
    Field(max_length=MAX_DESCRIPTION_CHARACTERS, description="For people."),
    AfterValidator(lambda value: value and validate_string(value, "description")),
]
_Types = Annotated[
    list[Literal["alert.raised", "alert.ended", "job.ended"]],
    Field(
        min_length=1,
        max_length=len(MESSAGE_TYPES),
        description="Which messages it is sent.",
        json_schema_extra={"uniqueItems": True},
    ),
]

EXAMPLE_ID = "01a21894-7cd7-771c-a18c-279637398a98"
_EXAMPLE_NEW: dict[str, Any] = {
    "url": "https://hooks.example.org/postlens",
    "types": ["alert.raised", "alert.ended"],
    "description": "The newsroom's chat",
}
_EXAMPLE: dict[str, Any] = {
    "id": EXAMPLE_ID,
    **_EXAMPLE_NEW,
    "enabled": True,
    "disabled_because": None,
    "previous_secret_until": None,
    "created_at": "2026-05-31T12:00:00.000000Z",
    "updated_at": "2026-05-31T12:00:00.000000Z",
}
_EXAMPLE_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
_EXAMPLE_DELIVERY: dict[str, Any] = {
    "id": "3f0f6f5e-70a8-4b8b-a2a0-3d4b6a1f9f10",
    "message_id": "01a21894-7cd7-771c-a18c-279637398b11",
    "type": "alert.raised",
    "state": "dead",
    "attempts": 18,
    "status": 500,
    "reason": "The receiver answered 500.",
    "created_at": "2026-05-31T12:00:00.000000Z",
    "attempted_at": "2026-06-03T09:12:41.000000Z",
    "ended_at": "2026-06-03T09:12:41.000000Z",
    "due_at": None,
}


def _examples(*examples: dict[str, Any]) -> dict[str, Any]:
    return {"examples": list(examples)}


class NewWebhook(BaseModel):
    """A receiver to be told."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_examples(_EXAMPLE_NEW)
    )

    url: _Url
    types: _Types = ["alert.raised"]
    description: _Description = None


class WebhookChanges(BaseModel):
    """What may be changed of a webhook; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid", strict=True, json_schema_extra=_examples({"enabled": True})
    )

    url: _Url = ""
    types: _Types = ["alert.raised"]
    description: _Description = None
    enabled: Annotated[bool, Field(description="Whether it is sent messages.")] = True


class WebhookBody(BaseModel):
    """A receiver."""

    model_config = ConfigDict(json_schema_extra=_examples(_EXAMPLE))

    id: _Uuid
    url: str
    types: list[str]
    description: str | None
    enabled: bool
    disabled_because: Annotated[
        str | None, Field(description="By whom or by what; null while it is enabled.")
    ]
    previous_secret_until: Annotated[
        _Time | None, Field(description="Until then messages are signed with the old secret too.")
    ]
    created_at: _Time
    updated_at: _Time


class WebhookWithSecret(WebhookBody):
    """A receiver with its new secret, which is shown this once."""

    model_config = ConfigDict(json_schema_extra=_examples({**_EXAMPLE, "secret": _EXAMPLE_SECRET}))

    secret: Annotated[
        str,
        Field(
            pattern="^whsec_",
            description="Verifies signatures, after the Standard Webhooks specification.",
        ),
    ]


class WebhookList(BaseModel):
    """All webhooks of the workspace, oldest first."""

    items: list[WebhookBody]


class DeliveryBody(BaseModel):
    """A message to one receiver."""

    model_config = ConfigDict(json_schema_extra=_examples(_EXAMPLE_DELIVERY))

    id: _Uuid
    message_id: Annotated[str, Field(description="The header `webhook-id` of every attempt.")]
    type: str
    state: Annotated[
        Literal["waiting", "delivered", "dead"],
        Field(description="`dead`: given up; it can be sent again with `:retry`."),
    ]
    attempts: Annotated[int, Field(ge=0)]
    status: Annotated[int | None, Field(description="HTTP status of the last answer.")]
    reason: Annotated[str | None, Field(description="Why the last attempt failed.")]
    created_at: _Time
    attempted_at: _Time | None
    ended_at: _Time | None
    due_at: Annotated[_Time | None, Field(description="Of the next attempt.")]


class DeliveryList(BaseModel):
    """A page of deliveries, newest first."""

    items: list[DeliveryBody]
    next_cursor: Annotated[
        str | None, Field(description="Of the next page; null where there is none.")
    ]
