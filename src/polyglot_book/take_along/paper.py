"""Sheets of paper: HTML for Chromium to print, and what is written into the PDF of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import pikepdf
from babel.dates import format_date
from pypdf import PdfReader

from ..rendering import fonts
from . import articles, faces
from .articles import Chapter
from .manifest import Book, Manifest

_ASSETS = Path(__file__).parent / "assets"


def day(book: Book) -> str:
    """Say when the book was changed last, as its language writes dates."""
    if not book.changed:
        return ""
    return format_date(date.fromisoformat(book.changed), "long", locale=book.gettext)


def show_images(part: Any, site: Path) -> None:
    """Give images the addresses of their files."""
    for image in part.iter("img"):
        if file := image.attrib.pop(articles.FILE, ""):
            image.set("src", (site / file).resolve().as_uri())


def cover(manifest: Manifest, book: Book) -> str:
    """Return the first page: who, what, about what; when, and on what terms."""
    foot = [day(book), manifest.licence, manifest.baseurl]
    below = "".join(f"<p>{escape(line)}</p>" for line in foot if line)
    return (
        f'<section class="cover"><p class="cover-author">{escape(book.author)}</p>'
        f'<p class="cover-title">{escape(book.title)}</p>'
        f'<p class="cover-about">{escape(book.description)}</p>'
        f'<div class="cover-foot">{below}</div></section>'
    )


def document(
    manifest: Manifest,
    book: Book,
    body: str,
    chapters: list[Chapter],
    site: Path,
    cache: Path,
    sheets: Iterable[str],
    more: str = "",
) -> str:
    """Return a whole document for paper, in the style of the site and the book's own."""
    found = faces.of(manifest, book, site, cache)
    rules = "".join(face.rule(fonts.data_uri(face.data)) for face in found)
    own = "".join((_ASSETS / name).read_text("utf-8") for name in sheets)
    site_style = (site / "_static" / "polyglot.css").resolve().as_uri()
    pages = "".join(f"<style>{rule}</style>" for rule in articles.styles(chapters))
    return (
        f'<!DOCTYPE html><html lang="{book.tag}" data-theme="light" data-mode="light">'
        f'<head><meta charset="utf-8"><title>{escape(book.title)}</title>'
        f'<meta name="author" content="{escape(book.author)}">'
        f'<link rel="stylesheet" href="{site_style}">{pages}'
        f"<style>{rules}{own}{more}</style></head>"
        '<body><div class="bd-main"><div class="bd-content"><div class="bd-article-container">'
        f'<article class="bd-article">{body}</article></div></div></div></body></html>'
    )


def destinations(file: Path) -> dict[str, int]:
    """Return on which page, counted from 1, each place that is linked to stands."""
    reader = PdfReader(file)
    found = {}
    for name, place in reader.named_destinations.items():
        index = reader.get_destination_page_number(place)
        if index is not None:
            found[name.lstrip("/")] = index + 1
    return found


def finish(source: Path, target: Path, book: Book) -> int:
    """Write a PDF anew, packed and with what it says of itself; return how many pages it has.

    Nothing in it depends on the time of day. Packed, the tags that tell screen readers what is what
    take a tenth of what Chromium writes.
    """
    when = f"D:{book.changed.replace('-', '') or '19800101'}000000Z"
    target.parent.mkdir(parents=True, exist_ok=True)
    with pikepdf.open(source) as pdf:
        pdf.docinfo["/Title"] = book.title
        pdf.docinfo["/Author"] = book.author
        pdf.docinfo["/Subject"] = book.description
        for name in ("/CreationDate", "/ModDate"):
            pdf.docinfo[name] = when
        pdf.save(
            target,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=True,
            deterministic_id=True,
        )
        return len(pdf.pages)
