"""Which characters a file's bytes are, whatever wrote them."""

import codecs
import gzip
import io

import pytest

from serve_app.files.formats import read_rows
from serve_app.files.rows import (
    ROW_LIMIT_CHARACTERS,
    Format,
    ReadOptions,
    UnreadableSource,
)
from tests.unit.reading_files import Read

TABLE = "id\ttext\n1\tGrüße aus Łódź – 😀\n2\tplain\n"
WESTERN = "id;text\n1;Très heureux à Zürich – “déjà” prêt\n2;plain\n"


@pytest.mark.parametrize(
    "mark, encoding",
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_unicode_is_known_by_its_mark_or_without(mark: bytes, encoding: str) -> None:
    done = Read(mark + TABLE.encode(encoding), "csv")
    assert done.posts == [("1", "Grüße aus Łódź – 😀"), ("2", "plain")]
    assert done.notes == []


def test_windows_1252_is_read_with_a_note() -> None:
    done = Read(WESTERN.encode("windows-1252"), "csv")
    assert done.texts == ["Très heureux à Zürich – “déjà” prêt", "plain"]
    assert done.notes == [
        "The file is not UTF-8; it is read as windows-1252 (--encoding names another)."
    ]
    assert Read("Viele Grüße".encode("windows-1252"), "txt").texts == ["Viele Grüße"]


def test_excels_csv_of_the_macintosh_is_read_with_a_note() -> None:
    content = WESTERN.replace("\n", "\r").encode("mac-roman")
    done = Read(content, "csv")
    assert done.texts == ["Très heureux à Zürich – “déjà” prêt", "plain"]
    assert "it is read as mac-roman" in done.notes[0]
    with pytest.raises(UnreadableSource, match="neither UTF-8 nor windows-1252"):
        Read("id,text\n1,that’s our café\n".encode("mac-roman"), "csv")


@pytest.mark.parametrize(
    "text, encoding",
    [
        ("Рады открыть новый офис", "cp1251"),
        ("新しいオフィスを開きました", "shift_jis"),
        ("Ogłoszenie zespołu", "cp1250"),
    ],
)
def test_other_code_pages_are_asked_for(text: str, encoding: str) -> None:
    content = f"id,text\n1,{text}\n".encode(encoding)
    with pytest.raises(UnreadableSource, match=r"neither UTF-8 nor windows-1252.*--encoding"):
        Read(content, "csv")
    assert Read(content, "csv", encoding=encoding).texts == [text]


@pytest.mark.parametrize("name", ["utf-9", "zip", "hex"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(UnreadableSource, match=f"'{name}' is no encoding"):
        Read(b"text\na\n", "csv", encoding=name)


def test_a_damaged_byte_spoils_its_row_alone() -> None:
    content = "id,text\n1,café\n2,caf\udce9\n3,très\n4,größer\n".encode(errors="surrogateescape")
    done = Read(content, "csv")
    assert done.texts == ["café", "très", "größer"]
    assert done.reasons[3] == (
        "Character 6 of the row is the byte 0xe9, which is not UTF-8; save the file as UTF-8."
    )
    marked = Read(codecs.BOM_UTF8 + b"id,text\n1,caf\xe9\n2,ok\n", "csv")
    assert marked.texts == ["ok"]


@pytest.mark.parametrize(
    "mark, encoding, damage",
    [
        (codecs.BOM_UTF16_LE, "utf-16-le", b"\x41"),
        (codecs.BOM_UTF16_BE, "utf-16-be", b"\xd8\x00\x00a"),
        (codecs.BOM_UTF32_LE, "utf-32-le", b"\x00\x00\x00\x7f"),
        (b"", "shift_jis", b"\x81\x20"),
        (b"", "gb18030", b"\x84\x20"),
    ],
)
def test_damage_spoils_its_row_in_every_encoding(mark: bytes, encoding: str, damage: bytes) -> None:
    content = mark + "id,text\n1,a\n2,b".encode(encoding) + damage
    done = Read(content, "csv", encoding=encoding)
    assert done.texts == ["a"]
    assert "save" in done.reasons[3]


class _Dripping(io.BytesIO):
    """Gives a byte at a time, as a slow pipe."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return self.read(1)


@pytest.mark.parametrize("encoding", ["utf-8", "windows-1252", "utf-16"])
def test_how_the_bytes_arrive_changes_nothing(encoding: str) -> None:
    rows = list(read_rows(_Dripping(WESTERN.encode(encoding)), ReadOptions("csv")))
    assert [row.text for row in rows] == ["Très heureux à Zürich – “déjà” prêt", "plain"]


class _Unfinished(io.BytesIO):
    """A pipe whose writer has not ended: reading on would wait for ever."""

    def read1(self, size: int | None = -1, /) -> bytes:
        block = self.read(size)
        assert block, "read beyond what there is"
        return block


@pytest.mark.parametrize(
    "content, format",
    [(b"id,text\n1,a\n2,b\n", "csv"), (b'{"text": "a"}\n{"text": "b"}\n', "jsonl")],
)
def test_rows_come_as_soon_as_they_are_there(content: bytes, format: Format) -> None:
    rows = read_rows(_Unfinished(content), ReadOptions(format))
    assert [next(rows).text, next(rows).text] == ["a", "b"]


def test_gzip_is_unpacked_and_damage_is_said() -> None:
    packed = gzip.compress(b"id,text\n" + b"1,a\n" * 5_000)
    assert len(Read(packed, "csv").rows) == 5_000
    with pytest.raises(UnreadableSource, match="gzip file is damaged"):
        Read(packed[:-20], "csv")


def test_a_text_file_is_one_post_exactly_as_it_is() -> None:
    content = "Zeile 1\r\n\r\nZeile 2 ☕\n"
    assert Read(content.encode(), "txt").texts == [content]
    assert "0xff, which is not UTF-8" in Read("éé".encode() + b"\xff", "txt").reasons[1]
    assert Read(b"x" * ROW_LIMIT_CHARACTERS, "txt").texts == ["x" * ROW_LIMIT_CHARACTERS]
    assert "larger than" in Read(b"x" * (ROW_LIMIT_CHARACTERS + 1), "txt").reasons[1]
