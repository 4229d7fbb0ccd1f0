"""Addresses of headings in their own words, in whatever script: ``#матрица-якоби``, not ``#id14``.

docutils makes ids of ASCII letters alone, and numbers the headings that have none. Those numbers
stay as second ids: links that readers have saved go on working.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from .. import order

_NUMBERED = re.compile(r"id\d+")


def _slug(title: str) -> str:
    r"""Write a heading as the part of an address after ``#``.

    Examples
    --------
    >>> _slug("Производные: случай i ≠ k")
    'производные-случай-i-k'
    >>> _slug("র‍্যাঙ্ক কত?")
    'র\u200d্যাঙ্ক-কত'
    """
    # Letters and digits, with the vowel signs and joiners that belong to them.
    kept = (
        c if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc", "Cf") else "-"
        for c in unicodedata.normalize("NFC", title).lower()
    )
    return re.sub("-+", "-", "".join(kept)).strip("-")


class _NameHeadings(SphinxTransform):
    """Give each section with a number for its id an id of its words, in front of the number."""

    default_priority = order.NAME_HEADINGS

    def apply(self, **kwargs: Any) -> None:
        ids = self.document.ids
        for section in self.document.findall(nodes.section):
            if not section["ids"] or not _NUMBERED.fullmatch(section["ids"][0]):
                continue
            heading = section.next_node(nodes.title)
            name = _slug(heading.astext()) if heading else ""
            if name:
                count = 1
                while (numbered := name if count == 1 else f"{name}-{count}") in ids:
                    count += 1
                section["ids"].insert(0, numbered)
                ids[numbered] = section


def setup(app: Sphinx) -> None:
    """Name the headings of each page as it is read."""
    app.add_transform(_NameHeadings)
