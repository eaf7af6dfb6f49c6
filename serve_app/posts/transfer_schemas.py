"""The lines that an import answers as pydantic models, for the OpenAPI document.

They are encoded without pydantic (:mod:`serve_app.posts.importing`); a test holds these models to
what is sent.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

_Count = Annotated[int, Field(ge=0)]
_Problem = Annotated[dict[str, Any], Field(description="A problem (RFC 9457).")]


class ImportedRow(BaseModel):
    """What became of one row."""

    model_config = ConfigDict(extra="forbid")

    row: Annotated[int, Field(ge=1, description="Counts the rows, from 1.")]
    line: Annotated[int, Field(ge=1, description="Where it begins in the file, from 1.")]
    status: Annotated[int, Field(description="201: new; 200: an update; else refused.")]
    external_id: Annotated[
        str | None, Field(description="Your own id; `row:...` was made of the row.")
    ]
    id: Annotated[str, Field(description="Of the post.", json_schema_extra={"format": "uuid"})] = ""
    error: _Problem = {}


class ImportEnd(BaseModel):
    """The last line."""

    model_config = ConfigDict(extra="forbid")

    imported: _Count
    updated: _Count
    refused: _Count
    notes: Annotated[list[str], Field(description="What was taken for granted in reading.")]
    error: Annotated[
        dict[str, Any],
        Field(description="Why rows behind the last one were not read or written: a problem."),
    ] = {}


def import_line_schema() -> dict[str, Any]:
    """The JSON schema of any line."""
    return {"oneOf": [ImportedRow.model_json_schema(), ImportEnd.model_json_schema()]}
