"""What notebooks draw, written shorter: plots as SVG lose a third of what a reader downloads.

Matplotlib writes six decimals, and an outline for every letter. SVGO rounds to a hundredth of a
point, and drops comments and what nobody sees. Files that authors wrote stay as they are.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

from .. import order, state
from ..compat import myst_notebooks
from . import mathml, node

_LOGGER = logging.getLogger(__name__)
_SCRIPT = "drawings.mjs"


def shorten(drawings: dict[Path, str], modules: Path, cache: Path) -> dict[Path, str]:
    """Return drawings as shorter SVG; each is worked out once, and kept in the cache.

    One that cannot be read is a warning, and is left out of what is returned.
    """
    folder = cache / f"drawings-{node.digest(_SCRIPT, 'package-lock.json')[:16]}"
    folder.mkdir(parents=True, exist_ok=True)
    kept = {
        path: folder / hashlib.sha256(svg.encode()).hexdigest()[:32]
        for path, svg in drawings.items()
    }
    new = [path for path in drawings if not kept[path].is_file()]
    answers = node.run(_SCRIPT, modules, [drawings[path] for path in new]) if new else []
    unread = set()
    for path, answer in zip(new, answers, strict=True):
        if "error" in answer:
            unread.add(path)
            _LOGGER.warning(
                "%s: no SVG that can be read: %s",
                path,
                answer["error"],
                type="polyglot",
                subtype="drawings",
            )
        else:
            kept[path].write_text(answer["svg"], "utf-8")
    return {path: kept[path].read_text("utf-8") for path in drawings if path not in unread}


def _shorten_drawings(app: Sphinx, exception: Exception | None) -> None:
    if exception or not (builder := state.html_builder(app)):
        return
    drawn = myst_notebooks.output_folder(app.env)
    if drawn is None:
        return
    copies = {}
    for uri, name in builder.images.items():
        source = (Path(builder.srcdir) / uri).resolve()
        if source.suffix == ".svg" and source.is_relative_to(drawn):
            copies[source] = Path(builder.outdir) / builder.imagedir / name
    drawings = {source: source.read_text("utf-8") for source in copies}
    formulas = mathml.of(app)  # has installed the packages
    for source, svg in shorten(drawings, formulas.modules, formulas.cache).items():
        copies[source].write_text(svg, "utf-8")


def setup(app: Sphinx) -> None:
    """Shorten drawings once Sphinx has copied them."""
    app.connect("build-finished", _shorten_drawings, priority=order.SHORTEN_DRAWINGS)
