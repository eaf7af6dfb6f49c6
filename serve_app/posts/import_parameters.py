"""How an import is to read its file, as a caller says it: media type and query parameters.

:class:`ImportParameters` tells FastAPI and the OpenAPI document which there are.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from serve_app.errors import InvalidRequest
from serve_app.files.columns import FURTHER_NAMES
from serve_app.files.rows import Format, FurtherFields
from serve_app.files.timestamps import DateOrder
from serve_app.posts.row_reader import ImportOptions, WithoutId
from serve_app.problems import problem, quote

NDJSON = "application/x-ndjson"

_FORMATS: Mapping[str, Format] = {"ndjson": "jsonl", "json": "json", "csv": "csv"}
#: What a media type says of the format; None has to be told from the bytes. Those that a page of
#: any site may send unasked (Fetch, 2.2.2: CORS-safelisted request-header) are not among them.
MEDIA_TYPES: Mapping[str, Format | None] = {
    NDJSON: "jsonl",
    "application/ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/json": "json",
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "application/vnd.ms-excel": "csv",  # what browsers on Windows announce of a .csv
    "application/gzip": None,
    "application/x-gzip": None,
    "application/octet-stream": None,
}

_MAX_NAME_CHARACTERS = 1_000
_MAX_KEPT_COLUMNS = 100

_ColumnName = Annotated[str, Field(max_length=_MAX_NAME_CHARACTERS)]


def _column(what: str) -> Any:
    return Field(
        description=f"The column, or member, that holds {what}, where the usual names do not do. "
        "`a.b` is the member b of the object a. Empty: none does."
    )


class ImportParameters(BaseModel):
    """How a file is read."""

    model_config = ConfigDict(extra="forbid")

    format: Annotated[
        Literal["ndjson", "json", "csv"] | None,
        Field(
            description="What the file is; by default as its media type, or its beginning, says."
        ),
    ] = None
    encoding: Annotated[
        str | None,
        Field(
            max_length=60,
            description="Of its characters, such as `windows-1252`; by default told by its bytes.",
        ),
    ] = None
    text_column: Annotated[_ColumnName | None, _column("the text")] = None
    external_id_column: Annotated[_ColumnName | None, _column("your own id")] = None
    author_column: Annotated[_ColumnName | None, _column("the author")] = None
    url_column: Annotated[_ColumnName | None, _column("the address")] = None
    published_at_column: Annotated[_ColumnName | None, _column("the time")] = None
    language_column: Annotated[_ColumnName | None, _column("the language")] = None
    tags_column: Annotated[_ColumnName | None, _column("the tags")] = None
    metadata_column: Annotated[_ColumnName | None, _column("the metadata, as JSON")] = None
    keep_column: Annotated[
        list[_ColumnName],
        Field(
            max_length=_MAX_KEPT_COLUMNS,
            description="A column, or member, that becomes a member of the metadata under its "
            "name; `*` is all that nothing else is read from.",
        ),
    ] = []
    date_order: Annotated[
        DateOrder | None,
        Field(description="Of dates such as 05/06/2026; without it they are refused."),
    ] = None
    without_id: Annotated[
        WithoutId,
        Field(
            description="What becomes of rows without an id. `digest`: they get one, made of text, "
            "author, address and time, so that the same file again makes no doubles. `new`: each "
            "is a post of its own, every time."
        ),
    ] = "digest"


def import_options(parameters: ImportParameters, content_type: str | None) -> ImportOptions:
    """How the file of a request is read.

    Raises:
        InvalidRequest: its media type is none of a file of posts.
    """
    media_type, charset = _media_type(content_type)
    format = _FORMATS[parameters.format] if parameters.format else MEDIA_TYPES[media_type]
    columns = {
        name.removesuffix("_column"): column
        for name, column in parameters
        if name.removesuffix("_column") in FURTHER_NAMES and column is not None
    }
    return ImportOptions(
        format,
        parameters.encoding or charset,
        parameters.text_column or None,
        parameters.external_id_column,
        FurtherFields(columns, parameters.keep_column),
        parameters.date_order,
        parameters.without_id,
    )


def _media_type(content_type: str | None) -> tuple[str, str | None]:
    """The media type of the body, and the encoding of its characters if that is announced."""
    media_type, *parameters = [part.strip().lower() for part in (content_type or "").split(";")]
    if media_type not in MEDIA_TYPES:
        detail = f"The body is announced as {quote(content_type)}." if content_type else _NO_TYPE
        fix = f"Send the header Content-Type with one of: {', '.join(MEDIA_TYPES)}."
        raise InvalidRequest(problem("wrong-media-type", detail, fix=fix))
    pairs = dict(part.partition("=")[::2] for part in parameters)
    return media_type, pairs.get("charset", "").strip('"') or None


_NO_TYPE = "The request has no Content-Type."
