"""Formulas as MathML, rendered while the book is built.

Browsers lay MathML out themselves, so a formula is on screen with the words around it, with scripts
off, and a screen reader reads it as mathematics. Temml turns LaTeX into MathML: all formulas of the
book in one process, each kept for the next build. The font that the browser needs holds only the
glyphs that this book uses.

Display markup, styled by ``static/polyglot-math.css``::

    <div class="math-block">
      <span class="math-scroll"><math display="block">…</math></span>
      <span class="eqno">(1)<a class="headerlink" …></a></span>
    </div>
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from html import escape, unescape
from itertools import takewhile
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from .. import order, state
from ..compat import myst_sources
from ..compat.myst_notebooks import place_of
from . import fonts, macros
from . import node as nodejs
from .compounds import continues_word

_LOGGER = logging.getLogger(__name__)
_RENDERER = "temml"
#: Files of `frontend` whose change makes rendered formulas stale.
_ENGINE = ("formulas.mjs", "latex.mjs", "package-lock.json")
#: File of the npm packages.
FONT = "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2"
#: File of the npm packages: Temml's own signs, of which the primes are used.
_PRIMES = "temml/dist/Temml.woff2"
#: What a site has of the two, in `_static`: files and families.
_FONT_FILE, _PRIMES_FILE = "polyglot-math.woff2", "polyglot-primes.woff2"
FAMILIES = {_FONT_FILE: "Polyglot Math", _PRIMES_FILE: "Polyglot Primes"}
#: What the font still has of its features, as it comes from npm.
FEATURES = ["kern", "ccmp"]

#: amsmath environments whose numbering is Sphinx's business here, not LaTeX's.
_NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather|multline|flalign)\}")
_LABEL = re.compile(r"\\label\s*\{[^}]*\}")
_UNNUMBERED = re.compile(r"\\(tag|notag|nonumber)\b")
_ANNOTATION = re.compile(r"<annotation.*?</annotation>", re.DOTALL)
_TEXT = re.compile(r"<mtext[^>]*>.*?</mtext>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_IDENTIFIER = re.compile(r"<mi(?![^>]*mathvariant)[^>]*>([^<])</mi>")

#: What the first letter of each alphabet becomes when a lone identifier is set in italics
#: (https://www.w3.org/TR/mathml-core/#italic-mappings), with the alphabet's length.
_ITALIC = (("A", 0x1D434, 26), ("a", 0x1D44E, 26), ("Α", 0x1D6E2, 25), ("α", 0x1D6FC, 25))
_ITALIC_EXCEPTIONS = {
    "h": "ℎ", "ı": "𝚤", "ȷ": "𝚥", "ϴ": "𝛳", "∇": "𝛻",
    "∂": "𝜕", "ϵ": "𝜖", "ϑ": "𝜗", "ϰ": "𝜘", "ϕ": "𝜙", "ϱ": "𝜚", "ϖ": "𝜛",
}  # fmt: skip

#: Letters that an ending joined to a formula has at most.
_LONGEST_ENDING = 10


def italic(letter: str) -> str:
    """Return the character that a browser shows for a lone identifier.

    Examples
    --------
    >>> italic("p"), italic("h"), italic("1")
    ('𝑝', 'ℎ', '1')
    """
    if letter in _ITALIC_EXCEPTIONS:
        return _ITALIC_EXCEPTIONS[letter]
    for first, target, count in _ITALIC:
        if 0 <= ord(letter) - ord(first) < count:
            return chr(target + ord(letter) - ord(first))
    return letter


def characters(mathml: str) -> set[str]:
    """Return every character that a formula shows in the mathematical font.

    Text inside a formula is set in the page's own font and does not count.

    Examples
    --------
    >>> sorted(characters("<math><mi>p</mi><mo>=</mo><mn>1</mn><mtext>где</mtext></math>"))
    ['1', '=', 'p', '𝑝']

    The sign of a root is drawn by the browser, it stands nowhere in the text:

    >>> sorted(characters("<math><msqrt><mn>2</mn></msqrt></math>"))
    ['2', '√']
    """
    mathml = _ANNOTATION.sub("", mathml)
    mathml = _TEXT.sub("", mathml)
    shown = set(unescape(_TAG.sub("", mathml)))
    shown.update(italic(letter) for letter in _IDENTIFIER.findall(mathml))
    if "<msqrt" in mathml or "<mroot" in mathml:
        shown.add("√")
    return shown


def fonts_of(html: str) -> list[str]:
    """Return the files of the fonts that the formulas of a page need.

    Examples
    --------
    >>> fonts_of("<math><mi>f</mi><mo class='tml-prime'>′</mo></math>"), fonts_of("<p>1</p>")
    (['polyglot-math.woff2', 'polyglot-primes.woff2'], [])
    """
    needed = {_FONT_FILE: "<math", _PRIMES_FILE: "tml-prime"}
    return [file for file, sign in needed.items() if sign in html]


def displayed(node: nodes.math_block) -> str:
    r"""Return the LaTeX of a displayed formula, as one formula without numbers of its own.

    Blank lines separate lines of one display, and ``\\`` breaks a line, as everywhere in Sphinx.

    Examples
    --------
    >>> displayed(nodes.math_block("", r"a \\ b"))
    '\\begin{split}a \\\\ b\\end{split}'
    """
    tex = _LABEL.sub("", node.astext())
    if node.get("nowrap"):
        return _stripped(_NUMBERED.sub(r"\\\1{\2*}", tex))
    parts = [_stripped(part) for part in tex.split("\n\n") if part.strip()]
    parts = [rf"\begin{{split}}{part}\end{{split}}" if _breaks(part) else part for part in parts]
    if len(parts) > 1:
        return r"\begin{gathered}" + "\\\\\n".join(parts) + r"\end{gathered}"
    return "".join(parts)


def _stripped(tex: str) -> str:
    r"""Strip a formula of spaces, but for the one of a final ``\ ``."""
    stripped = tex.strip()
    backslashes = len(stripped) - len(stripped.rstrip("\\"))
    return f"{stripped} " if backslashes % 2 else stripped


def _breaks(part: str) -> bool:
    r"""Whether a ``\\`` stands outside every environment, where LaTeX needs one around it."""
    depth = 0
    for found in re.finditer(r"\\begin\{|\\end\{|\\\\", part):
        if found[0] == r"\\" and depth == 0:
            return True
        depth += {r"\begin{": 1, r"\end{": -1}.get(found[0], 0)
    return False


def requested(node: nodes.Element) -> tuple[str, bool]:
    """Return the LaTeX of a formula, and whether it is displayed."""
    definitions = node.get("definitions", "")
    if isinstance(node, nodes.math_block):
        return definitions + displayed(node), True
    # SymPy and IPython show a formula on a line of its own as $\displaystyle …$.
    tex = _stripped(node.astext())
    alone = isinstance(node.parent, nodes.paragraph) and len(node.parent) == 1
    if alone and tex.startswith(r"\displaystyle"):
        return definitions + _stripped(tex.removeprefix(r"\displaystyle")), True
    return definitions + tex, False


class Formulas:
    """Render all formulas of one build, and make the font they need.

    The cache is a folder that keeps npm packages, rendered formulas and the font between builds;
    the commands are those of `macros.configured`. Unless it is `strict`, a formula that cannot be
    read is a warning, and stays LaTeX.
    """

    def __init__(
        self, cache: Path, commands: Mapping[str, Sequence[Any]] | None = None, strict: bool = True
    ):
        self.cache = cache
        self._macros = dict(commands or {})
        self._strict = strict
        self.modules = nodejs.install(cache)
        engine = nodejs.digest(*_ENGINE) + json.dumps(self._macros, sort_keys=True)
        self._file = cache / f"formulas-{hashlib.sha256(engine.encode()).hexdigest()[:16]}.json"
        self._known: dict[str, str] = (
            json.loads(self._file.read_text("utf-8")) if self._file.is_file() else {}
        )
        self._used: set[str] = set()
        self._unread: set[str] = set()

    @staticmethod
    def _key(tex: str, display: bool) -> str:
        return ("display " if display else "inline ") + tex

    def prepare(self, wanted: dict[tuple[str, bool], str]) -> None:
        """Render the formulas of the book; an error names all that cannot be read.

        A formula is LaTeX and whether it is displayed; with it stands the place to name.
        """
        wrong = self.render(wanted)
        if wrong and self._strict:
            raise ExtensionError(_listed(wrong))
        for text in wrong:
            _LOGGER.warning(
                "a formula that cannot be read, shown as LaTeX: %s",
                text,
                type="polyglot",
                subtype="formulas",
            )
        self._used.update({self._key(*formula) for formula in wanted} - self._unread)

    def render(self, wanted: dict[tuple[str, bool], str]) -> list[str]:
        """Render the formulas that are not known yet; return what cannot be read, and where."""
        known = self._known.keys() | self._unread
        new = [formula for formula in wanted if self._key(*formula) not in known]
        if not new:
            return []
        data = [{"tex": tex, "display": display} for tex, display in new]
        asked = {"macros": self._macros, "formulas": data}
        answers = nodejs.run("formulas.mjs", self.modules, asked)
        wrong = []
        for formula, answer in zip(new, answers, strict=True):
            if "error" in answer:
                wrong.append(f"{wanted[formula]}: {answer['error']}\n    {formula[0]}")
                self._unread.add(self._key(*formula))
            else:
                self._known[self._key(*formula)] = answer["mathml"]
        return wrong

    def mathml(self, tex: str, display: bool, place: str) -> str:
        """Return one formula as MathML; render it now if `prepare` has not seen it.

        One that cannot be read is returned as its LaTeX, in HTML.
        """
        self.prepare({(tex, display): place})
        key = self._key(tex, display)
        return self._known.get(key) or f'<code class="math-source">{escape(tex)}</code>'

    def font(self) -> bytes:
        """Return the mathematical font with the glyphs of all formulas used."""
        shown: set[str] = set()
        for key in self._used:
            shown |= characters(self._known[key])
        return fonts.subset(self.modules / FONT, map(ord, shown), FEATURES, self.cache)

    def primes(self) -> bytes:
        """Return the font of the primes, which the style sheet asks for."""
        return fonts.subset(self.modules / _PRIMES, range(0x2032, 0x2038), [], self.cache)

    def font_files(self) -> dict[str, bytes]:
        """Return the fonts by the files that a site has them in."""
        return {_FONT_FILE: self.font(), _PRIMES_FILE: self.primes()}

    def save(self) -> None:
        """Keep what this build used for the next one."""
        self._file.write_text(
            json.dumps({key: self._known[key] for key in sorted(self._used)}, ensure_ascii=False),
            "utf-8",
        )


def of(app: Sphinx) -> Formulas:
    """Return the formulas of the book that is being built, once all pages have been read."""
    return state.of(app).formulas


def _listed(wrong: list[str]) -> str:
    return "formulas that cannot be read:\n" + "\n".join(wrong)


def _note(wanted: dict[tuple[str, bool], str], tree: nodes.Element, docname: str) -> None:
    for node in tree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block))):
        wanted.setdefault(requested(node), place_of(node, docname))


def _check_sources(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Render the formulas that are there before notebooks are run."""
    if not state.html_builder(app):
        return
    is_strict = state.of(app).registry.formulas == "error"
    cache = Path(app.outdir).parent / ".frontend"
    formulas = Formulas(cache, macros.configured(app.config), is_strict)
    state.of(app).formulas = formulas
    wanted: dict[tuple[str, bool], str] = {}
    for docname in sorted(docnames if is_strict else ()):
        tree = myst_sources.of(env, docname).figures_and_formulas
        macros.hand_on(tree)
        _note(wanted, tree, docname)
    if wrong := formulas.render(wanted):
        state.of(app).problems.append(_listed(wrong))


def _render_formulas(app: Sphinx, env: BuildEnvironment) -> None:
    """Render the formulas of all pages at once, before any page is written."""
    if not state.html_builder(app):
        return
    wanted: dict[tuple[str, bool], str] = {}
    for docname in sorted(env.found_docs):
        _note(wanted, env.get_doctree(docname), docname)
    of(app).prepare(wanted)


def take_suffix(node: nodes.math) -> str:
    """Cut off the text after a formula what must not begin a line without it, and return it.

    That is closing punctuation, and an ending joined to the formula as in «$i$-й» or «$n$টি».

    Examples
    --------
    >>> paragraph = nodes.paragraph("", "", nodes.math("", "n"), nodes.Text("-й, что"))
    >>> take_suffix(paragraph[0]), paragraph.astext()
    ('-й,', 'n что')
    """
    place = node.parent.index(node) + 1
    following = node.parent[place] if place < len(node.parent) else None
    if not isinstance(following, nodes.Text):
        return ""
    hyphen = following.startswith(("-", "\u2011"))
    letters = len(list(takewhile(continues_word, following[hyphen:])))
    end = hyphen + letters if 0 < letters <= _LONGEST_ENDING else 0
    end += len(list(takewhile(_closes, following[end:])))
    suffix = following[:end]
    if suffix:
        node.parent[place] = nodes.Text(following[end:])
    return suffix


def breaks_before(node: nodes.Node) -> bool:
    """Tell whether a line may end before a formula: after a Chinese character, say.

    Examples
    --------
    >>> formula = nodes.math("", "d")
    >>> for text in "除以", "（", "при ":
    ...     nodes.paragraph("", "", nodes.Text(text), formula) and breaks_before(formula)
    True
    False
    False
    """
    for sibling in reversed(node.parent[: node.parent.index(node)]):
        # The source of a formula is no text of the page; what it took from the text after it is.
        text = sibling.get("suffix") if isinstance(sibling, nodes.math) else sibling.astext()
        if text:
            opens = unicodedata.category(text[-1]) in {"Ps", "Pi"}
            return not opens and unicodedata.east_asian_width(text[-1]) in "WF"
    return False


def _closes(sign: str) -> bool:
    """Tell a hyphen, and punctuation that does not open anything."""
    return sign == "-" or unicodedata.category(sign) in {"Pe", "Pf", "Po"}


def _take_suffixes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give each inline formula of a page its suffix.

    Not while the page is written: docutils walks over a copy of a paragraph's children, and would
    write the text from before the cut as well.
    """
    if state.html_builder(app):
        for node in list(doctree.findall(nodes.math)):
            node["suffix"] = take_suffix(node)


def _visit_math(self: HTML5Translator, node: nodes.math) -> None:
    tex, display = requested(node)
    mathml = of(self.builder.app).mathml(tex, display, place_of(node, self.docnames[-1]))
    if display:
        self.body.append(self.starttag(node, "span", "", CLASS="math math-block"))
        self.body.append(f'<span class="math-scroll">{mathml}</span></span>')
    else:
        formula = self.starttag(node, "span", "", CLASS="math") + mathml + "</span>"
        # Browsers may break a line on either side of a formula, even before a full stop.
        if suffix := node.get("suffix"):
            formula = f'<span class="math-together">{formula}{self.encode(suffix)}</span>'
            # Gecko does not see by itself that it may, since the span has no breaks inside.
            if breaks_before(node):
                formula = "<wbr>" + formula
        self.body.append(formula)
    raise nodes.SkipNode


def _visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    tex, display = requested(node)
    mathml = of(self.builder.app).mathml(tex, display, place_of(node, self.docnames[-1]))
    self.body.append(self.starttag(node, "div", CLASS="math math-block"))
    self.body.append(f'<span class="math-scroll">{mathml}</span>')
    if node.get("number") and not _UNNUMBERED.search(tex):
        # A page outside every numbered toctree has no number of its own there.
        number = get_node_equation_number(self, node) or node["number"]
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _save_formulas(app: Sphinx, exception: Exception | None) -> None:
    if not exception and state.html_builder(app):
        of(app).save()


def _choose_renderer(app: Sphinx, config: Config) -> None:
    """Make this renderer the book's, whatever else is registered."""
    config.html_math_renderer = _RENDERER


def setup(app: Sphinx) -> None:
    """Register the renderer."""
    app.add_css_file("polyglot-math.css", priority=order.PAGE_STYLE)
    app.add_html_math_renderer(_RENDERER, (_visit_math, None), (_visit_math_block, None))
    app.connect("config-inited", _choose_renderer, priority=order.CHOOSE_MATH_RENDERER)
    app.connect("env-before-read-docs", _check_sources, priority=order.CHECK_SOURCES)
    app.connect("env-updated", _render_formulas, priority=order.RENDER_FORMULAS)
    app.connect("doctree-resolved", _take_suffixes, priority=order.TAKE_SUFFIXES)
    app.connect("build-finished", _save_formulas, priority=order.SAVE_FORMULAS)
