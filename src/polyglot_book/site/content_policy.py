"""A Content-Security-Policy in every page: what a page may load, run and send.

It stands in the page, as ``<meta http-equiv>``, so that it holds on any host and from a folder. A
page runs the files of its own site and the inline scripts that were in it when the book was built:
each is admitted by its SHA-256 hash, worked out last, when nobody changes the page any more.

A hash admits what stands in a ``<template>`` as well: a script that a program puts into the
``srcdoc`` of a frame, which inherits the page's policy, is best kept there.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from .. import order, state

#: What any page may do; ``polyglot.content_policy`` adds to it, and each page its hashes.
POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'self'",),
    # WebAssembly: whatever a book computes in the page.
    "script-src": ("'self'", "'wasm-unsafe-eval'"),
    # Formulas, figures and the contents carry style attributes, which no hash admits.
    "style-src": ("'self'", "'unsafe-inline'"),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'", "data:"),
    # A worker of a frame that has no origin of its own starts from a blob.
    "worker-src": ("'self'", "blob:"),
    "object-src": ("'none'",),
    "base-uri": ("'none'",),
    "form-action": ("'none'",),
}

_ATTRIBUTES = r"""(?:[^>"']|"[^"]*"|'[^']*')*"""
_SCRIPT = re.compile(rf"<script\b({_ATTRIBUTES})>(.*?)</script\s*>", re.DOTALL | re.IGNORECASE)
_SOURCE = re.compile(r"""\ssrc\s*=""", re.IGNORECASE)
_TYPE = re.compile(r"""\stype\s*=\s*["']?([^"'\s>]*)""", re.IGNORECASE)
#: Types of what is run, or tells how; any other script element holds data.
_RUN = {"", "text/javascript", "application/javascript", "module", "importmap", "speculationrules"}
#: What loads something, and the directive that is about it.
_DIRECTIVES = {
    "script": "script-src",
    "link": "style-src",
    "img": "img-src",
    "iframe": "frame-src",
    **dict.fromkeys(("audio", "video", "source", "track"), "media-src"),
    **dict.fromkeys(("embed", "object"), "object-src"),
}
_LOADING = re.compile(rf"<({'|'.join(_DIRECTIVES)})\b({_ATTRIBUTES})>", re.IGNORECASE)
_REMOTE = re.compile(
    r"""\s(?:src|href|data|poster)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", re.IGNORECASE
)
_RELATION = re.compile(r"""\srel\s*=\s*["']?([^"'>]*)""", re.IGNORECASE)
_SHEET = re.compile(r"\bstylesheet\b", re.IGNORECASE)
_ADDRESS = r"""((?:https?:)?//[^"'`\s]+)"""
#: In an inline script: what it imports, and whatever is an address of a script.
_LOADED = re.compile(
    rf"""(?:\bimport\s*\(?|\bfrom|\bimportScripts\(|\bsrc\s*=)\s*["'`]{_ADDRESS}["'`]"""
    rf"""|["'`]{_ADDRESS[:-1]}\.m?js)["'`]"""
)
_CHARSET = re.compile(r"<meta\s+charset\b[^>]*>", re.IGNORECASE)
_OWN = re.compile(
    rf"""\n?<meta\b(?=[^>]*\shttp-equiv="Content-Security-Policy"){_ATTRIBUTES}>""", re.IGNORECASE
)


def hashes(html: str) -> list[str]:
    """Return the sources that admit the inline scripts of a page, each once.

    Examples
    --------
    >>> hashes('<script>alert(1)</script><script src="a.js"></script>')
    ["'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"]
    >>> hashes('<script type="application/json">{}</script>')
    []
    """
    found: dict[str, None] = {}
    for attributes, body in _SCRIPT.findall(html):
        kind = _TYPE.search(attributes)
        if _SOURCE.search(attributes) or (kind[1].lower() if kind else "") not in _RUN:
            continue
        # Browsers read a line's end as one sign, whichever it is.
        digest = hashlib.sha256(re.sub("\r\n?", "\n", body).encode()).digest()
        found.setdefault(f"'sha256-{base64.b64encode(digest).decode()}'")
    return list(found)


def policy(html: str, added: Mapping[str, Sequence[str]]) -> str:
    """Return the policy of a page, given what the book's configuration adds to each directive."""
    directives = {name: [*sources] for name, sources in POLICY.items()}
    for name, sources in added.items():
        known = [source for source in directives.get(name, ["'self'"]) if source != "'none'"]
        directives[name] = [*known, *sources]
    directives["script-src"] += hashes(html)
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def protect(html: str, added: Mapping[str, Sequence[str]]) -> str:
    """Return a page with its policy, in place of the one that it may have.

    Examples
    --------
    >>> page = protect('<meta charset="utf-8"><script>alert(1)</script>', {})
    >>> page == protect(page, {})
    True
    """
    html = _OWN.sub("", html)
    # After the encoding, which browsers look for in the first kilobyte; before all else.
    place = _CHARSET.search(html)
    if place is None or _SCRIPT.search(html, 0, place.start()):
        raise ExtensionError("a page's policy stands after its <meta charset>, before any script")
    content = escape(policy(html, added), quote=False)
    meta = f'\n<meta http-equiv="Content-Security-Policy" content="{content}" />'
    return html[: place.end()] + meta + html[place.end() :]


def remote(html: str) -> list[tuple[str, str]]:
    """Return what a page loads from other sites: the directive that is about it, and its address.

    Of inline scripts, what they import or name as a script counts.

    Examples
    --------
    >>> remote('<script src="https://a.org/b.js"></script><img alt="" src=c.png>')
    [('script-src', 'https://a.org/b.js')]
    >>> remote('<script>import x from "https://a.org/x.mjs"</script>')
    [('script-src', 'https://a.org/x.mjs')]
    """
    found: dict[tuple[str, str], None] = {}
    for attributes, body in _SCRIPT.findall(html):
        kind = _TYPE.search(attributes)
        if not _SOURCE.search(attributes) and (kind[1].lower() if kind else "") in _RUN:
            for match in _LOADED.finditer(body):
                found.setdefault(("script-src", match[1] or match[2]))
    for tag, attributes in _LOADING.findall(_SCRIPT.sub(r"<script\1></script>", html)):
        name = tag.lower()
        relation = _RELATION.search(attributes)
        if name == "link" and (not relation or not _SHEET.search(relation[1])):
            continue
        for match in _REMOTE.finditer(attributes):
            found.setdefault((_DIRECTIVES[name], match[1]))
    return list(found)


def admits(source: str, address: str) -> bool:
    """Tell whether a source of a policy admits an address, as browsers read it.

    Examples
    --------
    >>> admits("https://*.example.org/js/", "https://a.example.org/js/b.js")
    True
    >>> admits("example.org", "https://example.org/js/b.js")
    True
    >>> admits("https://example.org", "https://example.org.evil/b.js")
    False
    """
    parts = urlsplit(address if ":" in address.partition("/")[0] else f"https:{address}")
    if source == "*" or source == f"{parts.scheme}:":
        return True
    asked = urlsplit(source if "://" in source else f"{parts.scheme}://{source}")
    host, wanted = parts.hostname or "", asked.hostname or ""
    same_host = host.endswith(wanted[1:]) if wanted.startswith("*.") else host == wanted
    path = asked.path or "/"
    same_path = parts.path.startswith(path) if path.endswith("/") else parts.path == path
    return parts.scheme == asked.scheme and same_host and (same_path or path == "/")


def _refusal(refused: Mapping[tuple[str, str], Sequence[str]]) -> str:
    """Say what pages load from elsewhere without leave, where, and what can be done."""
    lines = [
        "pages load from other sites what their policy does not allow, so that no reader would see "
        "it. Keep it in the book (_static), or allow its source under polyglot.content_policy:"
    ]
    for (directive, address), places in sorted(refused.items()):
        more = f" and {len(places) - 2} more" if len(places) > 2 else ""
        lines.append(f"  {directive}: {address} ({', '.join(places[:2])}{more})")
    return "\n".join(lines)


def _protect_pages(app: Sphinx, exception: Exception | None) -> None:
    """Give every page of the site its policy, pages of earlier builds included."""
    if exception is not None or not state.html_builder(app):
        return
    added = state.of(app).registry.content_policy
    refused: dict[tuple[str, str], list[str]] = {}
    for path in sorted(Path(app.outdir).rglob("*.html")):
        html = path.read_text("utf-8")
        for directive, address in remote(html):
            allowed = added.get(directive, added.get("default-src", ()))
            if not any(admits(source, address) for source in allowed):
                place = path.relative_to(app.outdir).as_posix()
                refused.setdefault((directive, address), []).append(place)
        try:
            protected = protect(html, added)
        except ExtensionError as error:
            raise ExtensionError(f"{path.relative_to(app.outdir)}: {error}") from error
        if protected != html:
            path.write_text(protected, "utf-8")
    if refused:
        raise ExtensionError(_refusal(refused))


def setup(app: Sphinx) -> None:
    """Write the policies after the last change to a page."""
    app.connect("build-finished", _protect_pages, priority=order.PROTECT_PAGES)
