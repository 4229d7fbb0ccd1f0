"""A formula as a line of text, for where no formula can be set: results of a search."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_LOWERED = dict(
    zip(
        "0123456789+−=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)
_RAISED = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzT⊤′*βγδθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᵀ′*ᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
#: What stands above a letter, as a sign that Unicode combines with it.
_ACCENTS = {"‾": "\u0304", "¯": "\u0304", "~": "\u0303", "^": "\u0302", "ˆ": "\u0302",
            "˙": "\u0307", "→": "\u20d7"}  # fmt: skip
#: Operators with room on both sides.
_SPACED = set("=≠<>≤≥≈≡∝∈∉⊂→←↦⟺⇒⇔+−±×⋅⊙∗") | {":="}
_APPLICATION = "\u2061"


def text_of(element: Any) -> str:
    """Return a MathML element, parsed by lxml, as text.

    Examples
    --------
    >>> from lxml.html import fragment_fromstring
    >>> text_of(fragment_fromstring(
    ...     "<math><msub><mi>p</mi><mi>i</mi></msub><mo>=</mo>"
    ...     "<mfrac><mi>a</mi><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow></mfrac></math>"
    ... ))
    'pᵢ = a/(a + b)'
    """
    text = _linear(element)
    # Before an argument without brackets a gap: log x, but log(x).
    text = re.sub(rf"{_APPLICATION}\s*(?=[(\[{{])", "", text).replace(_APPLICATION, " ")
    text = re.sub(r"(?<=[(\[{]) | (?=[)\]},;])", "", text)
    return re.sub(r"\s+", " ", text).strip()


def _linear(element: Any) -> str:
    layout = _LAYOUTS.get(element.tag)
    if layout:
        return layout([_linear(child) for child in element])
    if element.tag == "mo":
        sign = element.text or ""
        if sign in _SPACED and element.get("form") != "prefix":
            return f" {sign} "
        return f"{sign} " if element.get("separator") else sign
    if element.tag == "mspace":
        return " "
    if element.tag == "semantics":
        return _linear(element[0])
    return (element.text or "") + "".join(map(_linear, element))


def _script(sign: str, signs: dict[str, str]) -> Callable[[str], str]:
    def write(text: str) -> str:
        text = text.replace(" ", "")
        if all(character in signs for character in text):
            return "".join(signs[character] for character in text)
        return sign + _grouped(text)

    return write


_below, _above = _script("_", _LOWERED), _script("^", _RAISED)


def _grouped(text: str) -> str:
    """Put brackets around what would otherwise fall apart."""
    text = text.strip()
    is_one = re.fullmatch(r"[\w.′\u0300-\u036f]+|[^\w\s]|.[\u2080-\u209c\u1d62-\u1d6a]+", text)
    return text if is_one else f"({text})"


def _over(parts: list[str]) -> str:
    base, above = parts
    accent = _ACCENTS.get(above.strip())
    return base + accent if accent else base + _above(above)


_LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "msub": lambda parts: parts[0] + _below(parts[1]),
    "munder": lambda parts: parts[0] + _below(parts[1]),
    "msup": lambda parts: parts[0] + _above(parts[1]),
    "mover": _over,
    "msubsup": lambda parts: parts[0] + _below(parts[1]) + _above(parts[2]),
    "munderover": lambda parts: parts[0] + _below(parts[1]) + _above(parts[2]),
    "mfrac": lambda parts: f"{_grouped(parts[0])}/{_grouped(parts[1])}",
    "msqrt": lambda parts: "√" + _grouped("".join(parts)),
    "mroot": lambda parts: _above(parts[1]) + "√" + _grouped(parts[0]),
    "mphantom": lambda parts: "",
    "mtable": "; ".join,
    "mtr": lambda parts: " ".join(part for part in parts if part),
}
