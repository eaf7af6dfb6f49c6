import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.results import Language, LanguageSpan, Signal, Signals
from deployments.text.document import Document
from deployments.wire import EncodedSection
from serve_app.analysis_record import AnalysisRecord, preamble

PREAMBLE = preamble(
    Document(
        "#ai",
        "#ai",
        Language("en", 0.9),
        (LanguageSpan("en", 0, 3),),
        Signals((Signal("#ai", 0, 3),), (), (), ()),
        (),
        (),
    )
)


def section(
    body: dict[str, object], *, version: str = "v1", status: str = "ok", vector: bytes = b""
) -> EncodedSection:
    return EncodedSection(status, version, orjson.dumps(body), vector)


def test_head_is_an_object_of_language_and_signals() -> None:
    assert orjson.loads(PREAMBLE) == {
        "language": {"code": "en", "confidence": 0.9},
        "signals": {
            "hashtags": [{"text": "#ai", "start": 0, "end": 3}],
            "mentions": [],
            "links": [],
            "emoji": [],
        },
    }


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(max_examples=40)
@given(
    st.dictionaries(
        st.text(),
        st.tuples(st.text(), st.text(), st.dictionaries(st.text(), json_values), st.binary()),
        max_size=4,
    )
)
def test_unpack_gives_back_what_was_packed(
    contents: dict[str, tuple[str, str, dict[str, object], bytes]],
) -> None:
    sections = {
        name: section(body, version=version, status=status, vector=vector)
        for name, (status, version, body, vector) in contents.items()
    }
    record = AnalysisRecord("ab", PREAMBLE, sections)
    assert AnalysisRecord.from_bytes("ab", record.to_bytes()) == record


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b"null",
        b"[1]",
        b'["two"]\n{}',
        b"[2]\n{}and more",
        b"[20]\n{}",
        b'[2,["tone","ok","v1"]]\n{}{}',
        b'[2,["tone","ok","v1",2]]\n{}{}',
        b'[2,["tone",1,"v1",2,0]]\n{}{}',
        b'[2,["tone","ok",null,2,0]]\n{}{}',
        b'[2,["tone","ok","v1","2",0]]\n{}{}',
        b'[2,["tone","ok","v1",2,"0"]]\n{}{}',
        b'[2,["tone","ok","v1",3,0]]\n{}{}',
        b'[2,["tone","ok","v1",2,1]]\n{}{}',
        b"[2,7]\n{}{}",
    ],
)
def test_unpack_refuses_what_is_no_record(packed: bytes) -> None:
    with pytest.raises(ValueError, match="not an encoded record"):
        AnalysisRecord.from_bytes("ab", packed)


def test_current_leaves_out_other_versions_and_names_not_asked_for() -> None:
    record = AnalysisRecord(
        "ab",
        PREAMBLE,
        {"tone": section({}), "sentiment": section({}, version="old"), "keywords": section({})},
    )
    versions = {"tone": "v1", "sentiment": "new", "keywords": "v1"}
    kept = record.current(versions, ["tone", "sentiment", "readability"])
    assert list(kept) == ["tone"]


def test_current_knows_nothing_where_no_version_is_known() -> None:
    assert (
        AnalysisRecord("ab", PREAMBLE, {"tone": section({}, version="")}).current({}, ["tone"])
        == {}
    )


def test_with_sections_takes_only_final_ones() -> None:
    record = AnalysisRecord("ab", PREAMBLE, {"tone": section({"a": 1})})
    fresh = {
        "tone": section({}, status="timeout"),
        "keywords": section({}, status="failed"),
        "entities": section({}, status="shed"),
        "sentiment": section({}, status="unsupported_language"),
        "readability": section({"b": 2}),
    }
    assert record.with_sections(fresh).sections == {
        "tone": section({"a": 1}),
        "sentiment": fresh["sentiment"],
        "readability": fresh["readability"],
    }


def test_over_keeps_the_older_record_only_where_the_newer_is_silent() -> None:
    older = AnalysisRecord(
        "ab", b"{}", {"tone": section({"old": 1}), "keywords": section({"old": 1})}
    )
    newer = AnalysisRecord("ab", PREAMBLE, {"tone": section({"new": 1}, version="v2")})
    merged = newer.over(older)
    assert merged.preamble == PREAMBLE
    assert merged.sections == {
        "tone": newer.sections["tone"],
        "keywords": older.sections["keywords"],
    }


COVERED = {"covered": {"start": 0, "end": 4}}
META = {"status": "ok", "model": {"name": "m", "digest": "v1"}, "took_ms": 1.0}
SHARES = {"positive": 1.0, "neutral": 0.0, "negative": 0.0}
SENTIMENT = META | COVERED | {"label": "positive", "scores": SHARES, "sentences": []}
KEYWORD = {"text": "news", "score": 0.5, "start": 0, "end": 4}
ENTITY = {"text": "Acme", "label": "ORG", "start": 0, "end": 4, "score": 0.9}


@pytest.mark.parametrize(
    "name, older, newer",
    [
        ("sentiment", SENTIMENT, SENTIMENT | {"mixed": False}),
        (
            "keywords",
            META | COVERED | {"items": [KEYWORD]},
            META | COVERED | {"items": [KEYWORD | {"occurrences": [{"start": 0, "end": 4}]}]},
        ),
        (
            "entities",
            META | COVERED | {"items": [ENTITY]},
            META | COVERED | {"items": [ENTITY | {"group": 0}]},
        ),
    ],
)
def test_sections_in_the_form_of_0_1_0_are_not_valid(
    name: str, older: dict[str, object], newer: dict[str, object]
) -> None:
    kept = {name: section(older)}
    assert AnalysisRecord("ab", PREAMBLE, kept).valid() == AnalysisRecord("ab", PREAMBLE)
    languages = [{"code": "en", "start": 0, "end": 4}]
    kept = {name: section(newer | {"languages": languages})}
    assert AnalysisRecord("ab", PREAMBLE, kept).valid() == AnalysisRecord("ab", PREAMBLE, kept)


def test_a_section_without_a_result_is_valid_and_one_of_no_analysis_is_not() -> None:
    status = "unsupported_language"
    plain = section(META | {"status": status, "detail": "Why.", "covered": None}, status=status)
    record = AnalysisRecord("ab", PREAMBLE, {"tone": plain, "horoscope": section(META)})
    assert record.valid().sections == {"tone": plain}
