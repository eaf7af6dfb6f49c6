"""CSV files as people have them: each record read right, or refused with what, where and how."""

import csv
import io
import random
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serve_app.files.csv_columns import COLUMNS
from serve_app.files.csv_records import LineQueue, Record, RecordReader
from serve_app.files.csv_table import csv_rows
from serve_app.files.lines import lines
from serve_app.files.rows import ROW_LIMIT_CHARACTERS, ReadOptions, UnreadableSource
from serve_app.files.spreadsheet_cells import guarded, unguarded
from tests.unit.reading_files import Read


def read(content: str | bytes, **choices: str) -> Read:
    return Read(content if isinstance(content, bytes) else content.encode(), "csv", **choices)


# Records


def test_quoted_fields_hold_delimiters_quotes_and_line_breaks() -> None:
    content = 'id,when,text\n1,now,"two\r\nlines, and a ""quote"""\n2,then,😀\n'
    assert read(content).posts == [("1", 'two\r\nlines, and a "quote"'), ("2", "😀")]
    assert [row.line for row in read(content).rows] == [2, 4]


@pytest.mark.parametrize(
    "record, fault",
    [
        ("1,We ship, we learn, we ship again", "4 fields, and the header 2 columns"),
        ('1,"fine",and more', "3 fields, and the header 2 columns"),
        ("1", "1 fields, and the header 2 columns"),
        ('1,"He said "go" and left"', "text follows the closing quote mark"),
        ('1,"closed" and on', "text follows the closing quote mark"),
        ('1,half a "quote', "a quote mark stands alone"),
        ('1,"never closed', "its quote mark is never closed"),
    ],
)
def test_what_is_no_record_is_refused_where_it_stands(record: str, fault: str) -> None:
    done = read(f"id,text\n0,before\n{record}\n8,after\n9,the last\n")
    assert done.texts == ["before", "after", "the last"]
    assert list(done.reasons) == [3]
    assert fault in done.reasons[3]
    assert "double each quote mark" in done.reasons[3]


def test_a_refused_row_keeps_the_id_that_it_shows() -> None:
    assert read("id,text\nk7,We grow, and grow\n").posts == [("k7", None)]


def test_backslashes_before_quotes_are_read_where_doubling_makes_no_record() -> None:
    content = (
        'When,Link,text\n1,x,"We name it \\"the small step\\", and it works.\nMore \\"here\\""\n'
        '2,y,"Plain, and ""doubled"""\n3,z,"A folder C:\\Users\\"\n4,w,"\\"\\\\\\""\n'
    )
    assert read(content).texts == [
        'We name it "the small step", and it works.\nMore "here"',
        'Plain, and "doubled"',
        "A folder C:\\Users\\",
        '"\\"',
    ]


def test_the_rest_of_a_broken_text_is_taken_for_no_post() -> None:
    """Its lines may have as many commas as the table has columns; prose has a blank behind."""
    broken = 'id,text\n1,"She said "yes" and\nthen left, smiling\nall day"\n2,fine\n3,good, bad\n'
    done = read(broken)
    assert done.posts[-2:] == [("2", "fine"), ("3", None)]
    assert done.texts == ["fine"]
    assert "looks like the rest of line 2" in done.reasons[3]


def test_line_ends_may_be_mixed_and_lines_empty() -> None:
    content = 'id,text\r1,a\n\n2,b\r\n  \r\n3,"c\rd\r\ne"\r'
    assert read(content).posts == [("1", "a"), ("2", "b"), ("3", "c\rd\r\ne")]
    assert read("id,text\n1,a\u2028b\x0bc\x85d\n").texts == ["a\u2028b\x0bc\x85d"]


def test_a_nul_byte_stays_in_its_text() -> None:
    assert read("id,text\n1,a\0b\n2,c\n").texts == ["a\0b", "c"]


def test_blanks_outside_the_quotes_are_no_text() -> None:
    assert read('id, text\n1, "yes, you" \n').texts == ["yes, you"]


def test_a_table_of_one_column_is_a_list_of_lines() -> None:
    content = 'text\nThanks, Ana; well done | all\n"Quoted, ""so"""\n   \nIt has 5" of snow\n'
    assert read(content).texts == [
        "Thanks, Ana; well done | all", 'Quoted, "so"', "   ", 'It has 5" of snow',
    ]  # fmt: skip


def test_a_record_too_long_is_refused_and_those_around_it_are_read() -> None:
    for filler in (
        "x" * 2 * ROW_LIMIT_CHARACTERS,
        f"{'word ' * 100}\n" * (ROW_LIMIT_CHARACTERS // 400),
    ):
        done = read(f'id,text\n1,a\n2,"{filler}"\n3,b\n')
        assert done.texts == ["a", "b"]
        assert len(done.reasons) == 1
        assert "longer than 1,048,576 characters. Shorten it" in done.reasons[3]
    at_the_edge = "y" * (ROW_LIMIT_CHARACTERS - len("1,\n"))
    assert read(f"id,text\n1,{at_the_edge}\n").texts == [at_the_edge]
    assert read(f"id,text\n1,{at_the_edge}y\n").texts == []


class _Endless(io.RawIOBase):
    """A file with one field of so many bytes, made while it is read."""

    def __init__(self, size_bytes: int) -> None:
        self._parts = self._make(size_bytes)

    def _make(self, size_bytes: int) -> Iterator[bytes]:
        yield b'id,text\n1,"'
        for _ in range(size_bytes // 2**16):
            yield b"x" * 2**16
        yield b'"\n2,after\n'

    def read(self, size: int | None = -1, /) -> bytes:
        return next(self._parts, b"")


def test_a_huge_field_is_never_in_memory() -> None:
    source: BinaryIO = _Endless(32 * 2**20)  # type: ignore[assignment] # it can be read
    tracemalloc.start()
    rows = list(csv_rows(source, ReadOptions("csv")))
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.text for row in rows] == [None, "after"]
    assert peak_bytes < 12 * 2**20


# What a file is


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_told_from_the_header(delimiter: str) -> None:
    rows = [["Ref", "Text", "ID"], ["a;b,c", "one, two; three | four\tfive", "7"]]
    table = io.StringIO(newline="")
    csv.writer(table, delimiter=delimiter).writerows(rows)
    assert read(table.getvalue()).posts == [("7", "one, two; three | four\tfive")]


@pytest.mark.parametrize("line", ["sep=;", "SEP=;\r", '"sep=;"', "sep=^"])
def test_a_separator_line_names_the_delimiter(line: str) -> None:
    delimiter = line.strip('\r"')[-1]
    content = f"\ufeff{line}\nid{delimiter}text\n1{delimiter}Hello, world\n"
    assert read(content).posts == [("1", "Hello, world")]


@pytest.mark.parametrize(
    "header",
    ["TEXT", "Text ", "Content", "Message", "Post", "Comment", "ShareCommentary", "Post title",
     "post_title", "Caption", "Tweet", "full_text", "Body", "Post text", "Description"],
)  # fmt: skip
def test_usual_names_of_the_column_are_known(header: str) -> None:
    done = read(f"Date,{header},Post ID\nMonday,hello,5\n")
    assert done.posts == [("5", "hello")]
    is_text = header.strip().lower() == "text"
    assert bool(done.notes) is not is_text


def test_of_several_candidates_the_taken_one_is_said() -> None:
    done = read("Title,Body,Message\nt,b,m\n")
    assert done.texts == ["m"]
    assert done.notes == [
        "The posts are read from the column 'Message', not Body; --text-column names another."
    ]
    assert read("Title,Body,Message\nt,b,m\n", text_column="title").texts == ["t"]
    assert read("Title,Body,Message\nt,b,m\n", text_column="Body", id_column="Title").posts == [
        ("t", "b")
    ]


@pytest.mark.parametrize("header", ["text,text", "id,Text,text", "id,text,ID"])
def test_two_equal_claims_are_refused(header: str) -> None:
    with pytest.raises(UnreadableSource, match=r"Two columns may be the (text|id): .*-column"):
        read(f"{header}\na,b,c\n")
    assert read("Text,text,n\na,b,c\n", text_column="Text").texts == ["a"]


def test_notes_above_the_header_are_said_and_not_read() -> None:
    content = (
        'Notes:\n"Your data, as of today. ""Shares"" hold links"\n\n'
        'Date,ShareCommentary,Visibility\n2026,"Proud, so proud",ALL\n'
    )
    done = read(content)
    assert done.texts == ["Proud, so proud"]
    assert done.notes[0] == "Lines 1 to 2 are taken for notes above the header, not for posts."


def test_linkedins_quote_marks_around_each_line_are_none_of_the_text() -> None:
    rows = '1,"Open day!""\n""""\n""Come, all"\n2,"She said ""go""\nand ""stay"""\n'
    texts = ["Open day!\n\nCome, all", 'She said "go"\nand "stay"']
    assert read("Date,ShareCommentary\n" + rows).texts == texts
    assert read("Date,Text\n" + rows).texts[0] == 'Open day!"\n""\n"Come, all'


def test_a_row_above_the_header_is_no_note() -> None:
    with pytest.raises(UnreadableSource, match="Line 1 has as many columns as the header"):
        read("7,We are open\nid,text\n8,We are closed\n")


@pytest.mark.parametrize("content", ["", "\n\n", "id,when\n1,a\n", "x\n" * 40 + "id,text\n1,a\n"])
def test_a_csv_without_a_column_for_posts_is_refused(content: str) -> None:
    with pytest.raises(UnreadableSource, match="no column 'text'"):
        read(content)


def test_a_named_column_must_be_there() -> None:
    with pytest.raises(UnreadableSource, match="no column 'words'"):
        read("id,text\n1,a\n", text_column="words")
    with pytest.raises(UnreadableSource, match="no column 'key' for ids"):
        read("id,text\n1,a\n", id_column="key")


def test_a_csv_needs_no_ids() -> None:
    assert read("text\na\n").posts == [(None, "a")]


# All of it

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))


@given(
    texts=TEXTS,
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
@settings(max_examples=150, deadline=None)
def test_what_pythons_writer_writes_comes_back(
    texts: list[str], delimiter: str, quoting: Literal[0, 1, 2], line_end: str, encoding: str
) -> None:
    if quoting == csv.QUOTE_MINIMAL:  # it quotes no line end but its own
        line_end = "\r\n"
    table = io.StringIO(newline="")
    writer = csv.writer(table, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    writer.writerow(["id", "text", "n"])
    writer.writerows([f"p{n}", text, n] for n, text in enumerate(texts))
    done = read(table.getvalue().encode(encoding))
    assert done.posts == [(f"p{n}", text) for n, text in enumerate(texts)]


WORDS = ("growth", 'a "quoted" word', "two, three", "back\\slash", "line\nbreak", "5'", "end;")


def _records(content: str, width: int) -> list[Record]:
    return list(RecordReader(LineQueue(lines([content])), ",", width, spaced=False))


def _letters(content: str) -> str:
    return "".join(character for character in content if character not in '",\\\r\n ')


@given(seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_loses_no_character(seed: int) -> None:
    """Each line is in one record; each record has its characters in its fields, or is refused."""
    chance = random.Random(seed)
    table = io.StringIO(newline="")
    texts = [" ".join(chance.choices(WORDS, k=chance.randint(1, 5))) for _ in range(8)]
    csv.writer(table).writerows([str(n), text, "x"] for n, text in enumerate(texts))
    content = table.getvalue()
    for _ in range(chance.randint(1, 3)):
        place, width = chance.randrange(len(content)), chance.randint(0, 1)
        content = (
            content[:place] + chance.choice(['"', ",", "\n", "", "\\"]) + content[place + width :]
        )
    records = _records(content, 3)
    source = list(lines([content]))
    position = 0
    for record in records:
        between = source[position : record.first_line - 1]
        assert not any((line or "").strip() for line in between)
        position = record.last_line
        if not record.fault:
            whole = "".join(line or "" for line in source[record.first_line - 1 : position])
            assert _letters(whole) == _letters("".join(record.fields))
    assert not any((line or "").strip() for line in source[position:])
    lost = set(texts) - {record.fields[1] for record in records if not record.fault}
    assert len(lost) <= 6  # a damage spoils its record and perhaps the next, not all


# Cells of our own output


@pytest.mark.parametrize(
    "cell", ["=1+1", "+49 30", "-x", "@acme", "\tx", "\rx", "'=x", "''@", "＝1"]
)
def test_a_cell_that_looks_like_a_formula_is_guarded_and_comes_back(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["-5", "-0.25", "7", -3, -0.5, None, True, "plain", "'tis", ""])
def test_numbers_and_words_are_not_guarded(cell: object) -> None:
    assert guarded(cell) == cell
    assert unguarded(str(cell)) == str(cell)


def test_our_own_output_is_read_without_the_guards() -> None:
    cells = dict.fromkeys(COLUMNS, "") | {"id": "'=7", "keywords": "'@acme; growth"}
    content = f"{','.join(COLUMNS)}\n{','.join(cells.values())}\n"
    assert read(content, text_column="keywords").posts == [("=7", "@acme; growth")]
    assert read("id,text\n'=7,'@acme\n").posts == [("'=7", "'@acme")]
