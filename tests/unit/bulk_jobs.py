"""Jobs and files for the tests of bulk, without models and without Ray."""

from pathlib import Path
from typing import Any

import pyarrow as pa

from serve_app.answer_columns import answer_table
from serve_app.bulk.job import BulkJob
from serve_app.bulk.part import BulkPart
from serve_app.bulk.part_reader import ReadTable, read_tables
from serve_app.problems import problem
from serve_app.ray_data import add_columns

ANALYSES = ("sentiment", "entities")
ANSWER = (
    b'{"id":null,"digest":"ab","language":{"code":"en","confidence":0.9},"signals":{"hashtags":'
    b'[{"text":"#win"}],"mentions":[],"links":[],"emoji":[]},"sentiment":{"status":"ok","label":'
    b'"positive","mixed":false,"scores":{"positive":0.7,"neutral":0.2,"negative":0.1}},'
    b'"entities":{"status":"ok","items":[{"text":"Acme","label":"ORG","group":0},'
    b'{"text":"Acme Corp","label":"ORG","group":0}]}}'
)
REFUSED = problem("blank-text", "The text is empty.")


def job(**choices: Any) -> BulkJob:
    options = {"source": "in", "output": "out", "analyses": ANALYSES, "versions": {"a": "1"}}
    return BulkJob(**{**options, **choices})


def tables(path: Path, format: Any, **choices: Any) -> list[ReadTable]:
    with path.open("rb") as stream:
        return list(read_tables(stream, path.name, format, job(**choices), lambda note: None))


def analysed(name: str, of: BulkJob, rows: pa.Table | None = None) -> BulkPart:
    """A part of two rows, of which the second was refused."""
    rows = rows or pa.table({"id": [1, 2], "text": ["We won at Acme. #win", ""]})
    answers = answer_table([ANSWER, REFUSED], of.analyses, of.prefix)
    table = add_columns(rows, answers)
    return BulkPart(name, "posts.csv", key="k", rows=2, problems={"blank": 1}, table=table)
