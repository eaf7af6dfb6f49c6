"""What an export is asked for: the conditions on its posts, and its form."""

from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import Field

from serve_app.posts.exporting import PostEncoder, PostLines, PostTable
from serve_app.posts.filter_parameters import FilterParameters
from serve_app.posts.import_parameters import NDJSON

#: By name: how posts are encoded, and the media type of that.
EXPORT_FORMATS: Mapping[str, tuple[Callable[[], PostEncoder], str]] = {
    "ndjson": (PostLines, NDJSON),
    "csv": (PostTable, "text/csv; charset=utf-8; header=present"),
}


class ExportParameters(FilterParameters):
    """Which posts, and how they are written."""

    format: Annotated[
        str,
        Field(
            description="`ndjson`: a post a line, as the API answers it. `csv`: a table.",
            json_schema_extra={"enum": list(EXPORT_FORMATS)},
        ),
    ] = "ndjson"
