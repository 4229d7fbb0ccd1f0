"""Outputs of a cell as the book was built with them, beside those of the same cell in the page.

Versions differ, so equal means: the same words, numbers within one unit of the last digit that is
printed, figures with the same texts and the same number of marks. Numbers so small that they are
what rounding leaves of zero are equal, and the last bits of those printed in full are not compared:
another library rounds otherwise.
"""

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: ``-1.5e-05``, ``−1.2·10⁻⁵``, ``1 797``; with a narrow space or a comma between thousands.
_NUMBER = re.compile(
    r"(?P<sign>[-−+]?)(?P<whole>\d+(?:[\u202f,]\d{3})*)(?:\.(?P<places>\d*))?"
    r"(?:[eE](?P<power>[-+]?\d+)|[·×]10(?P<raised>⁻?[⁰¹²³⁴-⁹]+))?"
)
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: What differs from run to run: addresses of objects, ids that Matplotlib draws by chance, and the
#: keys of widgets: checksums of their data, which are compared themselves.
_CHANCE = re.compile(r'0x[0-9a-f]+|(?<=data-key=")[0-9a-f]{8}|(?<=data-key=\\")[0-9a-f]{8}')
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_DEFINITIONS = re.compile(r"<defs>.*?</defs>", re.DOTALL)
#: A number in a table is cut where its column is aligned: at the decimal sign or the power of
#: ten, if it has any.
_CUT = re.compile(r"(?<=\d)<span\b[^>]*>(?=\.|[·×]10|</span>)")
_MARK = re.compile(r"<(path|use|image|rect|circle|polygon|line)\b")

#: What rounding leaves of a difference of float64 numbers near 1, or of a sum of some hundred.
_ROUNDING = (1e-19, 1e-12)
#: Numbers with so many digits are printed in full: their last bits are rounding.
_IN_FULL, _LAST_BITS = 15, 1e-14
#: Answers of a box on a page, which nobody is to read in its source.
_HIDDEN = re.compile(r'(?<="data":")[A-Za-z0-9+/]+=*(?=")')

Output = tuple[str, Any]


def built(outputs: Iterable[Mapping[str, Any]]) -> list[Output]:
    """Return the outputs of a cell of an executed notebook."""
    found: list[Output] = []
    for one in outputs:
        if one["output_type"] == "stream":
            found.append((one["name"], one["text"]))
        elif one["output_type"] == "error":
            found.append(("error", one["ename"]))
        else:
            found.append(("display", one["data"]))
    return _joined(found)


def live(messages: Iterable[Mapping[str, Any]]) -> list[Output]:
    """Return the outputs of a cell that has run in the page."""
    found: list[Output] = []
    for one in messages:
        if one["type"] == "stream":
            found.append((one["name"], one["text"]))
        elif one["type"] == "error":
            found.append(("error", f"{one['ename']}: {one['evalue']}"))
        else:
            found.append(("display", one["data"]))
    return _joined(found)


def _joined(outputs: list[Output]) -> list[Output]:
    """Put pieces of one stream together."""
    result: list[Output] = []
    for kind, value in outputs:
        if kind in ("stdout", "stderr") and result and result[-1][0] == kind:
            result[-1] = (kind, result[-1][1] + value)
        else:
            result.append((kind, value))
    return result


def differences(before: list[Output], now: list[Output]) -> Iterator[str]:
    """Say in what the outputs of a cell differ."""
    kinds = [kind for kind, _ in before], [kind for kind, _ in now]
    if kinds[0] != kinds[1]:
        yield f"outputs are {kinds[1]}, were {kinds[0]}: {now!r:.300}"
        return
    for (kind, old), (_, new) in zip(before, now, strict=True):
        if kind == "display":
            yield from _of_bundles(old, new)
        else:
            yield from _of_texts(old, new, kind)


def _of_bundles(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for mime, value in old.items():
        if mime == "image/png" and "image/svg+xml" in new:
            continue
        if mime not in new:
            yield f"{mime} is missing: there are {sorted(new)}"
        elif "svg" in mime:
            yield from _of_figures(_text(value), _text(new[mime]), mime)
        else:
            yield from _of_texts(_text(value), _text(new[mime]), mime)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _of_figures(old: str, new: str, what: str) -> Iterator[str]:
    texts = [[t.strip() for t in _COMMENT.findall(svg)] for svg in (old, new)]
    if texts[0] != texts[1]:
        yield from _of_texts("\n".join(texts[0]), "\n".join(texts[1]), f"texts of {what}")
    marks = [len(_MARK.findall(_DEFINITIONS.sub("", svg))) for svg in (old, new)]
    if marks[0] != marks[1]:
        yield f"{what} has {marks[1]} marks, had {marks[0]}"


def _of_texts(old: str, new: str, what: str) -> Iterator[str]:
    old, new = (_CUT.sub("", _CHANCE.sub("0x", _shown(text))).strip() for text in (old, new))
    words = [" ".join(_NUMBER.sub(" # ", text).split()) for text in (old, new)]
    if words[0] != words[1]:
        yield f"{what}: {_first(words[1], words[0])!r}, was {_first(words[0], words[1])!r}"
        return
    for before, now in zip(_NUMBER.finditer(old), _NUMBER.finditer(new), strict=True):
        if before[0] != now[0] and not _close(before, now):
            yield f"{what}: {now[0]}, was {before[0]}"


def _shown(text: str) -> str:
    """Return a text with what is hidden in it decoded."""
    return _HIDDEN.sub(lambda match: b64decode(match[0]).decode(), text)


def _first(text: str, other: str) -> str:
    """Return a piece of a text from a little before the place where it differs from another."""
    same = next((i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), 0)
    return text[max(0, same - 30) : same + 60]


def _close(one: re.Match, other: re.Match) -> bool:
    values, units = zip(*map(_value, (one, other)), strict=True)
    least, most = _ROUNDING
    if all(value == 0 or least < abs(value) < most for value in values):
        return True
    if all(sum(map(str.isdigit, match[0])) >= _IN_FULL for match in (one, other)):
        return abs(values[0] - values[1]) <= _LAST_BITS * max(map(abs, values))
    return abs(values[0] - values[1]) <= max(units) * (1 + 1e-9)


def _value(match: re.Match) -> tuple[float, float]:
    """Return a number and the unit of its last printed digit."""
    whole = re.sub("[\u202f,]", "", match["whole"])
    places = match["places"] or ""
    power = int(match["power"] or (match["raised"] or "0").translate(_RAISED))
    size = float(f"{whole}.{places or 0}e{power}")
    return (-size if match["sign"] in ("-", "−") else size), 10.0 ** (power - len(places))
