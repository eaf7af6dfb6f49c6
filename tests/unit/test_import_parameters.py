"""What an import's media type and query parameters say of its file."""

import pytest

from serve_app.errors import InvalidRequest
from serve_app.posts.import_parameters import MEDIA_TYPES, ImportParameters, import_options


@pytest.mark.parametrize(
    "announced, format",
    [
        ("application/x-ndjson", "jsonl"),
        ("Application/JSONL", "jsonl"),
        ("application/json; charset=utf-8", "json"),
        ("text/csv;header=present", "csv"),
        ("text/tab-separated-values", "csv"),
        ("application/vnd.ms-excel", "csv"),
    ],
)
def test_a_media_type_says_what_the_file_is(announced: str, format: str) -> None:
    assert import_options(ImportParameters(), announced).format == format


def test_a_parameter_decides() -> None:
    for announced in MEDIA_TYPES:
        assert import_options(ImportParameters(format="csv"), announced).format == "csv"
    assert import_options(ImportParameters(format="ndjson"), "application/gzip").format == "jsonl"


@pytest.mark.parametrize("announced", [None, "text/plain", "multipart/form-data; boundary=x", "x"])
def test_what_a_page_may_send_unasked_is_refused(announced: str | None) -> None:
    for parameters in (ImportParameters(), ImportParameters(format="csv")):
        with pytest.raises(InvalidRequest) as refused:
            import_options(parameters, announced)
        assert refused.value.problem.type.slug == "wrong-media-type"


@pytest.mark.parametrize("announced", ["application/gzip", "application/octet-stream"])
def test_what_may_hold_anything_is_told_by_its_bytes(announced: str) -> None:
    assert import_options(ImportParameters(), announced).format is None


def test_the_encoding_may_stand_in_either_place() -> None:
    announced = 'text/csv; charset="windows-1252"'
    assert import_options(ImportParameters(), announced).encoding == "windows-1252"
    told = ImportParameters(encoding="latin-1")
    assert import_options(told, announced).encoding == "latin-1"
    assert import_options(ImportParameters(), "text/csv").encoding is None


def test_columns_are_named_by_field() -> None:
    parameters = ImportParameters(
        text_column="body", external_id_column="", author_column="by", url_column="",
        keep_column=["likes", "*"], date_order="dmy", without_id="new",
    )  # fmt: skip
    options = import_options(parameters, "text/csv")
    assert (options.text_column, options.external_id_column) == ("body", "")
    assert options.further.columns == {"author": "by", "url": ""}
    assert options.further.kept == ["likes", "*"]
    assert (options.date_order, options.without_id) == ("dmy", "new")
