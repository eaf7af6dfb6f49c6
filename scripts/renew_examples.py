"""Put today's answers into the README and the API's examples: ``make examples``.

Whatever changes an answer (a model, a field, a rule) changes both; tests hold them to the code.
"""

import json
import re
from pathlib import Path
from typing import Any

from serve_app.in_process import LocalAnalyses
from serve_app.request.post import parse_post

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
EXAMPLES = ROOT / "serve_app" / "api" / "examples.json"

# Of the 28 emotions the README shows the strongest, of a digest its first digits.
_EMOTIONS = 3
_DIGITS = 8
_WIDTH = 96


def main() -> None:
    """Renew both files in place."""
    local = LocalAnalyses()
    text = README.read_text(encoding="utf-8")
    [body] = re.findall(r"-d '(\{.*?\})'\n", text)
    sample = _as_shown(_answer(local, body.encode()))
    renewed = re.sub(r"(```json\n).*?(```)", lambda m: m[1] + sample + m[2], text, flags=re.DOTALL)
    README.write_text(renewed, encoding="utf-8")
    _renew_examples(local)


def _answer(local: LocalAnalyses, body: bytes) -> dict[str, Any]:
    # The first texts of a process pay for its warming up; the same one would find its passes kept.
    local.analyze([parse_post({"text": "We are glad to open our doors in Porto. Join us!"})])
    answer: dict[str, Any] = json.loads(local.analyze([parse_post(body)])[0])
    return answer


def _as_shown(answer: dict[str, Any]) -> str:
    short = _shortened(answer)
    short["signals"] = short.pop("signals")  # last, for the reader
    emotions = short["tone"]["emotions"]
    strongest = sorted(emotions, key=emotions.__getitem__, reverse=True)[:_EMOTIONS]
    short["tone"]["emotions"] = {name: emotions[name] for name in strongest} | {"...": 0}
    lines = ",\n".join(_member(name, value) for name, value in short.items())
    return "{\n" + lines.replace('"...": 0', "...") + "\n}\n"


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: v[:_DIGITS] if k == "digest" else _shortened(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return round(value, 3) if isinstance(value, float) else value


def _member(name: str, value: Any) -> str:
    """One member on one line if it fits, else its own members in lines as full as may be."""
    whole = f'  "{name}": {_json(value)}'
    if len(whole) <= _WIDTH or not isinstance(value, dict) or "status" not in value:
        return whole
    lines, line = [], "   "
    for number, (key, inner) in enumerate(value.items()):
        piece = f' "{key}": {_json(inner)}' + ("," if number + 1 < len(value) else "}")
        if len(line) > 3 and len(line + piece) > _WIDTH:
            lines.append(line)
            line = "   "
        line += piece
    return "\n".join([f'  "{name}": {{', *lines, line])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _renew_examples(local: LocalAnalyses) -> None:
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    post = json.dumps(examples["Post"]["short"]["value"]).encode()
    complete = _answer(local, post)
    examples["Analysis"]["complete"]["value"] = complete
    sentiment = complete["sentiment"]
    examples["Analysis"]["late"]["value"]["sentiment"] = sentiment
    examples["BatchAnswer"]["mixed"]["value"]["items"][0]["result"]["sentiment"] = sentiment
    written = json.dumps(examples, ensure_ascii=False, indent=1) + "\n"
    EXAMPLES.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
