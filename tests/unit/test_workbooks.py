"""Spreadsheets: written here as Excel writes them, read as the command line does."""

import io
import zipfile
from xml.sax.saxutils import escape

import pytest

from serve_app.files import workbook
from serve_app.files.formats import read_rows
from serve_app.files.rows import ReadOptions, UnreadableSource
from tests.unit.reading_files import Read

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"

Cell = str | int | float | None


def xlsx(**sheets: list[list[Cell]]) -> bytes:
    """A workbook with these sheets (ECMA-376, as little as readers ask for)."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as parts:
        types = f'<Types xmlns="{_PACKAGE}/content-types"/>'
        parts.writestr("[Content_Types].xml", types)
        root = f'<Relationship Id="r0" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/>'
        head = f'<Relationships xmlns="{_PACKAGE}/relationships">'
        parts.writestr("_rels/.rels", f"{head}{root}</Relationships>")
        names = enumerate(sheets, start=1)
        listed = "".join(f'<sheet name="{n}" sheetId="{k}" r:id="r{k}"/>' for k, n in names)
        head = f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">'
        parts.writestr("xl/workbook.xml", f"{head}<sheets>{listed}</sheets></workbook>")
        links = "".join(
            f'<Relationship Id="r{k}" Type="{_LINKS}/worksheet" Target="worksheets/{k}.xml"/>'
            for k in range(1, len(sheets) + 1)
        )
        head = f'<Relationships xmlns="{_PACKAGE}/relationships">'
        parts.writestr("xl/_rels/workbook.xml.rels", f"{head}{links}</Relationships>")
        for k, rows in enumerate(sheets.values(), start=1):
            parts.writestr(f"xl/worksheets/{k}.xml", _sheet(rows))
    return packed.getvalue()


def _sheet(rows: list[list[Cell]]) -> str:
    written = (f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(written)}</sheetData></worksheet>'


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        text = f'<t xml:space="preserve">{escape(value)}</t>'
        return f'<c t="inlineStr"><is>{text}</is></c>'
    return f"<c><v>{value}</v></c>"


def test_rows_have_their_numbers_and_ids_their_digits() -> None:
    done = Read(
        xlsx(
            Posts=[
                ["Export of Monday"],
                [None, None, None],
                ["Post ID", "Date", "Text"],
                [1234, 5.5, " two\nlines, 🎉 & <more> "],
                ["a7", None, "=1+1"],
                [None, None, None],
                [2.5, None, 42],
                [None, "only a date", None],
            ]
        ),
        "xlsx",
    )
    assert [(row.line, row.id, row.text) for row in done.rows] == [
        (4, "1234", " two\nlines, 🎉 & <more> "),
        (5, "a7", "=1+1"),
        (7, "2.5", "42"),
        (8, "", ""),
    ]


def test_an_id_that_the_spreadsheet_rounded_is_refused() -> None:
    rows: list[list[Cell]] = [["id", "text"], [123456789012345678, "a"], [999999999999999, "b"]]
    done = Read(xlsx(S=rows), "xlsx")
    assert done.texts == ["b"]
    assert "more than 15 digits" in done.reasons[2]


def test_the_first_sheet_with_posts_is_read_and_the_others_named() -> None:
    done = Read(xlsx(Info=[["About"]], One=[["Message"], ["hi"]], Two=[["text"], ["yo"]]), "xlsx")
    assert done.texts == ["hi"]
    assert done.notes == [
        "The posts are read from the sheet 'One', not Info, Two.",
        "The posts are read from the column 'Message'; --text-column names another.",
    ]


@pytest.mark.parametrize(
    "content, message",
    [
        (b"PK\x03\x04 and no more", "workbook cannot be read"),
        (b"id,text\n", "workbook cannot be read"),
        (xlsx(S=[["id", "when"], [1, 2]]), "No sheet"),
        (xlsx(S=[[7, "early"], ["id", "text"], [8, "late"]]), "row above the header in row 2"),
        (xlsx(S=[["text", "text"]]), "Two columns may be the text"),
    ],
)
def test_what_is_no_table_of_posts_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableSource, match=message):
        Read(content, "xlsx")


def test_a_workbook_is_bounded_and_comes_from_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    with pytest.raises(UnreadableSource, match="from a file"):
        list(read_rows(Pipe(xlsx(S=[["text"], ["a"]])), ReadOptions("xlsx")))
    monkeypatch.setattr(workbook, "WORKBOOK_LIMIT_BYTES", 100)
    with pytest.raises(UnreadableSource, match="limit is 100"):
        Read(xlsx(S=[["text"], ["a"]]), "xlsx")
