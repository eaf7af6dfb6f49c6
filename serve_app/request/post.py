"""The request for one post, and its validation.

HTTP bodies and the dicts of Python handles pass through the same functions, written by
hand rather than with a schema library: a post is validated in a few microseconds, and each
problem names the place and the remedy. Knows no HTTP.
"""

import difflib
import hashlib
import hmac
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from deployments.results import ANALYSES
from deployments.text.document import digest
from serve_app.errors import InvalidRequest
from serve_app.problems import pointer_to, quote
from serve_app.request.fields import Validator, invalid_request, json_type_of, validate_fields
from serve_app.request.json_body import decode_json

#: Code points of one text; a LinkedIn post has at most 3,000, so articles fit too.
MAX_CHARACTERS = 20_000
MAX_BODY_BYTES = 8 * 2**20
MAX_ID_CHARACTERS = 200
MAX_TOP_N = 50
MAX_TIMEOUT_MS = 600_000
#: The units an offset can be counted in.
OffsetUnit = Literal["codepoint", "utf16", "utf8"]
OFFSETS: tuple[OffsetUnit, ...] = get_args(OffsetUnit)

#: Characters that show nothing though their category is of letters, marks or symbols: fillers
#: of Hangul, the empty Braille pattern, the grapheme joiner (Unicode 16, DerivedCoreProperties,
#: Default_Ignorable_Code_Point).
_INVISIBLE = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")


@dataclass(frozen=True, slots=True)
class PostRequest:
    """A valid request to analyse one post.

    Attributes:
        text: exactly as sent; 1 to ``MAX_CHARACTERS`` code points, some of them visible.
        id: the caller's own name for it, given back; up to ``MAX_ID_CHARACTERS``.
        analyses: which ones, in the order of ``ANALYSES``.
        offsets: the unit of every start and end in the answer.
        top_n: how many keywords; 1 to ``MAX_TOP_N``.
        timeout_ms: the deadline of the whole request; None is the service's own.
        salt: of the workspace that shares no cache with others; empty where the cache is shared.
        language: its code, where the text is a part of one whose languages are known; None has
            the text tell it. No caller says it.
    """

    text: str
    id: str | None = None
    analyses: tuple[str, ...] = ANALYSES
    offsets: OffsetUnit = "codepoint"
    top_n: int = 10
    timeout_ms: int | None = None
    salt: bytes = b""
    language: str | None = None

    @property
    def digest(self) -> str:
        """The address of the text in the caches; another one where its language was told."""
        if self.language is None:
            return text_digest(self.text, self.salt)
        return text_digest(self.text, b"%b/%b" % (self.salt, self.language.encode()))


def text_digest(text: str, salt: bytes) -> str:
    """The address of a text in the caches: its SHA-256, keyed by the salt if there is one.

    Who does not know the salt can neither ask for it nor bring it about.
    """
    if not salt:
        return digest(text)
    return hmac.new(salt, text.encode(errors="surrogatepass"), hashlib.sha256).hexdigest()


def parse_post(body: bytes | Mapping[str, object]) -> PostRequest:
    """The post asked for by a JSON body, or by a dict of the same form.

    Args:
        body: ``{"text", "id"?, "analyses"?, "offsets"?, "top_n"?, "timeout_ms"?}``.

    Raises:
        InvalidRequest: it is not such a body.
    """
    return validate_post(decode_json(body) if isinstance(body, bytes) else body)


def validate_post(content: object, *, defaults: Mapping[str, Any] | None = None) -> PostRequest:
    """The post asked for by a decoded body.

    Args:
        content: what should be such an object as :func:`parse_post` takes.
        defaults: valid options for what it does not name.

    Raises:
        InvalidRequest: it is none.
    """
    values = validate_fields(content, _VALIDATORS, object_name="post")
    if "text" not in values:
        raise invalid_request("missing-field", "'text' is missing.", "")
    return PostRequest(**{**defaults, **values}) if defaults else PostRequest(**values)


def validate_text(value: object) -> str:
    """A text that can be analysed, as it was sent.

    Raises:
        InvalidRequest: it is none, blank or too long.
    """
    text = validate_string(value, "text")
    if len(text) > MAX_CHARACTERS:
        detail = f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}."
        raise invalid_request("text-too-long", detail, "/text")
    if not any(map(_is_visible, text)):  # ends at the first visible character
        detail = f"The text has {len(text):,} characters, and none of them is visible."
        raise invalid_request("blank-text", detail if text else "The text is empty.", "/text")
    return text


def _is_visible(character: str) -> bool:
    if "!" <= character <= "~":
        return True
    category = unicodedata.category(character)
    # Variation selectors are marks (Mn) and only dress the character before them.
    selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return not (category in _INVISIBLE_CATEGORIES or selector or character in _INVISIBLE)


_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def validate_id(value: object) -> str | None:
    """A caller's own name of a post.

    Raises:
        InvalidRequest: it is none.
    """
    if value is None:
        return None
    post_id = validate_string(value, "id")
    if len(post_id) > MAX_ID_CHARACTERS:
        detail = f"'id' has {len(post_id):,} characters; the limit is {MAX_ID_CHARACTERS}."
        raise invalid_request("out-of-range", detail, "/id", fix="Send a shorter id.")
    return post_id


def validate_string(value: object, name: str) -> str:
    """The string of the field ``name``.

    Raises:
        InvalidRequest: it is none, or holds what Postgres or UTF-8 does not.
    """
    if not isinstance(value, str):
        raise wrong_type(name, "a string", value)
    if "\0" in value:
        detail = f"Character {value.index(chr(0)):,} is U+0000."
        raise invalid_request("nul-character", detail, pointer_to(name))
    if not value.isascii():
        _validate_surrogates(value, name)
    return value


def _validate_surrogates(value: str, name: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        code = ord(value[error.start])
        detail = f"Character {error.start:,} is the lone surrogate U+{code:04X}."
        raise invalid_request("lone-surrogate", detail, pointer_to(name)) from None


def validate_analyses(value: object) -> tuple[str, ...]:
    """Names of analyses, in the order of ``ANALYSES``.

    Raises:
        InvalidRequest: one of them is none, or there are none.
    """
    if not isinstance(value, (list, tuple)):
        raise wrong_type("analyses", "an array of names", value)
    if not value:
        fix = "Name at least one analysis, or leave the field out for all five."
        raise invalid_request("empty-list", "'analyses' is empty.", "/analyses", fix=fix)
    for index, name in enumerate(value):
        _validate_analysis(name, index, value)
    return tuple(name for name in ANALYSES if name in value)


def _validate_analysis(name: object, index: int, names: Collection[object]) -> None:
    pointer = f"/analyses/{index}"
    if not isinstance(name, str):
        detail = f"An analysis is named by a string; this is {json_type_of(name)}."
        raise invalid_request("wrong-type", detail, pointer)
    if name not in ANALYSES:
        near = difflib.get_close_matches(name[:60], ANALYSES, n=1)
        fix = f"Use one of: {', '.join(ANALYSES)}."
        fix = f"Did you mean '{near[0]}'? {fix}" if near else fix
        raise invalid_request(
            "unknown-analysis", f"{quote(name)} is none of the analyses.", pointer, fix=fix
        )
    if sum(other == name for other in names) > 1:
        raise invalid_request("duplicate-analysis", f"'{name}' is named more than once.", pointer)


def _validate_offsets(value: object) -> OffsetUnit:
    if not isinstance(value, str):
        raise wrong_type("offsets", "a string", value)
    for unit in OFFSETS:
        if value == unit:
            return unit
    detail = f"'offsets' must be one of {', '.join(OFFSETS)}; it is {quote(value)}."
    raise invalid_request("unknown-value", detail, "/offsets")


def _validate_top_n(value: object) -> int:
    return validate_integer(value, "top_n", MAX_TOP_N)


def _validate_timeout_ms(value: object) -> int | None:
    return None if value is None else validate_integer(value, "timeout_ms", MAX_TIMEOUT_MS)


def validate_integer(value: object, name: str, maximum: int) -> int:
    """The integer of the field ``name``, from 1 to ``maximum``.

    Raises:
        InvalidRequest: it is none.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 44.0 is an integer to JSON Schema (6.1.1 of its validation)
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong_type(name, "an integer", value)
    if not 1 <= value <= maximum:
        detail = f"'{name}' must be from 1 to {maximum:,}; it is {_format_integer(value)}."
        raise invalid_request("out-of-range", detail, pointer_to(name))
    return value


def _format_integer(value: int) -> str:
    # Python refuses to print integers of more than 4,300 digits.
    return f"{value:,}" if value.bit_length() < 64 else "far outside"


def wrong_type(name: str, expected: str, value: object) -> InvalidRequest:
    """The exception for a field of another type than ``expected``, such as "a string"."""
    detail = f"'{name}' must be {expected}; it is {json_type_of(value)}."
    return invalid_request("wrong-type", detail, pointer_to(name))


#: What may be chosen for one post, or for a whole batch.
OPTION_VALIDATORS: dict[str, Validator] = {
    "analyses": validate_analyses,
    "offsets": _validate_offsets,
    "top_n": _validate_top_n,
    "timeout_ms": _validate_timeout_ms,
}

_VALIDATORS: dict[str, Validator] = {
    "text": validate_text,
    "id": validate_id,
    **OPTION_VALIDATORS,
}
