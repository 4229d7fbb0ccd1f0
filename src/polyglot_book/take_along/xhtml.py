"""From HTML as browsers read it to XHTML as e-readers do: namespaces, and no attribute unknown."""

from __future__ import annotations

import copy
import re
from typing import Any

from lxml import etree

XHTML = "http://www.w3.org/1999/xhtml"
EPUB = "http://www.idpf.org/2007/ops"
_MATHML = "http://www.w3.org/1998/Math/MathML"
_SVG = "http://www.w3.org/2000/svg"
_FOREIGN = {"math": _MATHML, "svg": _SVG}
#: In lower case as HTML is read: how SVG spells them.
_SPELLED = {
    name.lower(): name
    for name in [
        "clipPath",
        "linearGradient",
        "radialGradient",
        "textPath",
        "foreignObject",
        "viewBox",
        "preserveAspectRatio",
        "gradientUnits",
        "gradientTransform",
        "clipPathUnits",
        "markerWidth",
        "markerHeight",
        "markerUnits",
        "refX",
        "refY",
        "patternUnits",
        "textLength",
        "lengthAdjust",
        "pathLength",
        "startOffset",
        "stdDeviation",
    ]
}
#: Of HTML, what EPUB's schemas know of no element.
_UNKNOWN = {"align", "border", "valign", "cellpadding", "cellspacing", "nowrap", "decoding"}
_LEVEL = "scriptlevel"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def convert(element: Any, namespace: str = XHTML) -> Any:
    r"""Return an element of lxml's HTML as an element of XHTML, MathML or SVG.

    Examples
    --------
    >>> from lxml.html import fragment_fromstring
    >>> element = fragment_fromstring('<p data-x="1">a<math><mi>x</mi></math>b</p>')
    >>> print(etree.tostring(convert(element)).decode().replace("><", ">\n<"))
    <p xmlns="http://www.w3.org/1999/xhtml">a<math xmlns="http://www.w3.org/1998/Math/MathML">
    <mi>x</mi>
    </math>b</p>
    """
    own = _FOREIGN.get(element.tag, namespace)
    tag = _SPELLED.get(element.tag, element.tag) if own == _SVG else element.tag
    if own == _MATHML and _LEVEL in element.attrib and tag not in ("mstyle", "math"):
        return _wrapped(element)
    made = etree.Element(f"{{{own}}}{tag}", nsmap={None: own})
    for name, value in element.attrib.items():
        spelled = _attribute(name, own, element.tag)
        if spelled:
            made.set(spelled, _CONTROL.sub("", value))
    made.text = _text(element.text)
    inside = XHTML if element.tag == "foreignobject" else own
    for child in element:
        if not isinstance(child.tag, str):  # a comment: its tail is text of the page
            _append_text(made, child.tail)
            continue
        if own == _MATHML and child.tag in ("annotation", "annotation-xml"):
            continue
        new = convert(child, inside)
        new.tail = _text(child.tail)
        made.append(new)
    return made


def _wrapped(element: Any) -> Any:
    """Return an element of MathML in one that may say how deep it stands; others may not."""
    box = etree.Element(f"{{{_MATHML}}}mstyle", nsmap={None: _MATHML})
    bare = copy.deepcopy(element)
    bare.tail = None
    box.set(_LEVEL, bare.attrib.pop(_LEVEL))
    box.append(convert(bare, _MATHML))
    return box


def _attribute(name: str, namespace: str, tag: str) -> str | None:
    if name.startswith(("data-", "on")) or ":" in name:
        return None
    if namespace == _SVG:
        return _SPELLED.get(name, name)
    if namespace == XHTML and (name in _UNKNOWN or (name in ("width", "height") and tag != "img")):
        return None
    if namespace == _MATHML and (
        name.startswith("aria-")
        or name in ("tabindex", "role")
        or (name == "accent" and tag not in ("mover", "munderover", "mo"))
    ):
        return None
    return name


def _append_text(element: Any, text: str | None) -> None:
    text = _text(text) or ""
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text


def _text(text: str | None) -> str | None:
    return None if text is None else _CONTROL.sub("", text)


def document(title: str, language: str, styles: list[str], body: Any, kind: str = "") -> bytes:
    """Return a whole page of a book, whose body holds one element."""
    root = etree.Element(f"{{{XHTML}}}html", nsmap={None: XHTML, "epub": EPUB})
    root.set("lang", language)
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    root.set("class", "book")
    head = etree.SubElement(root, f"{{{XHTML}}}head")
    etree.SubElement(head, f"{{{XHTML}}}title").text = title
    for style in styles:
        etree.SubElement(head, f"{{{XHTML}}}link", rel="stylesheet", type="text/css", href=style)
    holder = etree.SubElement(root, f"{{{XHTML}}}body")
    if kind:
        holder.set(f"{{{EPUB}}}type", kind)
    holder.append(body)
    etree.cleanup_namespaces(root, keep_ns_prefixes=["epub"])
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, doctype="<!DOCTYPE html>")
