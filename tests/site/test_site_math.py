"""Formulas as a browser shows them: laid out, readable without scripts, copied as LaTeX."""

import copy
import re
from pathlib import Path

import pytest
from built_pages import parsed
from project import FINISHED, LANGUAGES
from waiting import wait_for

from polyglot_book.rendering import fonts, mathml, node

#: A formula, and one that must be narrower (w) or lower (h) than it if the browser lays it out.
LAID_OUT = {
    "fraction": (r"\frac{a}{b}", r"a", "h"),
    "fraction in a fraction": (r"\frac{a}{\frac{b}{c}}", r"\frac{a}{b}", "h"),
    "limits above and below": (r"\sum_{i=1}^{n} p_i", r"\sum p_i", "h"),
    "limits of an operator": (r"\operatorname*{arg\,max}_{i}", r"\operatorname*{arg\,max}", "h"),
    "lines": (r"\begin{aligned} a &= b \\ &= c \end{aligned}", r"a = b", "h"),
    "matrix": (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", r"( 1 )", "h"),
    "cases": (r"\begin{cases} 1 \\ 0 \\ 2 \end{cases}", r"\begin{cases} 1 \\ 0 \end{cases}", "h"),
    "brackets grow": (r"\left(\frac{\frac{a}{b}}{\frac{c}{d}}\right)", r"\left( a \right)", "h"),
    "bars grow": (r"\left\lVert \frac{\mathbf{x}}{2} \right\rVert", r"\lVert x \rVert", "h"),
    "big brackets": (r"\Biggl( x \Biggr)", r"( x )", "h"),
    "underbrace": (r"\underbrace{a + b + c}_{n}", r"a + b + c", "h"),
    "overbrace": (r"\overbrace{a + b + c}^{n}", r"a + b + c", "h"),
    "arrow under long text": (
        r"\xrightarrow{\text{очень длинное слово}}",
        r"\xrightarrow{x}",
        "w",
    ),
    "root": (r"\sqrt{\frac{a}{b}}", r"\sqrt{a}", "h"),
    "bold": (r"\boldsymbol{z}", r"", "w"),
    "blackboard": (r"\mathbb{R}^{n \times n}", r"\mathbb{R}", "w"),
    "box": (r"\boxed{x}", r"x", "w"),
    "Bengali text": (r"\text{প্রোবাবিলিটির যোগফল}", r"\text{যোগফল}", "w"),
    "Chinese text": (r"\text{交叉熵损失}", r"\text{交叉}", "w"),
    "number of its own": (r"a = b \tag{3}", r"a = b", "w"),
}


@pytest.fixture(scope="module")
def modules(site) -> Path:
    return node.install(site.parent / ".frontend")


def display(formulas: list[str], modules: Path) -> list[str]:
    data = [{"tex": tex, "display": True} for tex in formulas]
    return [answer["mathml"] for answer in node.run("formulas.mjs", modules, data)]


def test_constructs_are_laid_out(browser, modules):
    formulas = [tex for one, other, _ in LAID_OUT.values() for tex in (one, other)]
    rendered = display(formulas, modules)
    shown = set().union(*map(mathml.characters, rendered))
    font = fonts.subset(modules / mathml.FONT, map(ord, shown), mathml.FEATURES)
    css = (modules / "temml/dist/Temml-STIX2.css").read_text("utf-8")
    css = css.replace("local('STIXTwoMath'),", "")
    css = css.replace("./STIXTwoMath.woff2", fonts.data_uri(font))
    page = browser.new_page()
    boxes = "".join(f"<p><span style='display:inline-block'>{m}</span></p>" for m in rendered)
    page.set_content(f"<!doctype html><style>{css} math {{width: auto !important}}</style>{boxes}")
    page.evaluate("document.fonts.ready")
    sizes = page.evaluate(
        """() => [...document.querySelectorAll("math")].map((e) => {
          const box = e.getBoundingClientRect();
          return {w: box.width, h: box.height};
        })"""
    )
    page.close()
    wrong = [
        f"{name}: {one} is {large}, {other or 'nothing'} is {small}"
        for (name, (one, other, side)), large, small in zip(
            LAID_OUT.items(), sizes[::2], sizes[1::2], strict=True
        )
        if not large[side] > small[side] * 1.1
    ]
    assert not wrong, "\n".join(wrong)


def test_the_book_shows_no_latex_and_no_error(site):
    count = 0
    for path in sorted((site / "book").rglob("*.html")):
        html = path.read_text("utf-8")
        assert "<merror" not in html, path
        assert "temml-error" not in html, path
        page = copy.copy(parsed(path))
        count += len(page.select("article math"))
        for element in page.select("annotation, pre, code, script, .highlight"):
            element.decompose()
        text = page.select_one("article").get_text() if page.select_one("article") else ""
        found = re.findall(r"\\(?:frac|sum|text|begin|left|\(|\[)[^\n]{0,40}|\$[^$\n]+\$", text)
        assert not found, f"{path}: {found}"
    assert count > 50, "a course on softmax has formulas"


@pytest.mark.parametrize("code", FINISHED)
def test_formulas_are_there_without_scripts(browser, site, site_url, code, opened):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    count = 0
    for path in opened(code):
        page.goto(site_url + path.relative_to(site).as_posix())
        # What a closed dropdown holds has no box; with scripts off nothing else hides.
        boxes = page.evaluate(
            """() => [...document.querySelectorAll("article math")]
              .filter((e) => !e.closest("[hidden], details:not([open])"))
              .map((e) => [e.textContent, e.getBoundingClientRect()])
              .map(([text, box]) => [text, box.width, box.height])"""
        )
        wrong = [text for text, width, height in boxes if not (width > 2 and height > 4)]
        assert not wrong, f"{path}: {wrong}"
        count += len(boxes)
    context.close()
    assert count > 50, "a course on softmax has formulas"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_glyph_of_the_formulas_is_in_the_book_s_own_font(
    browser, site, site_url, code, opened
):
    """Ask the browser itself which fonts it drew the formulas with."""
    page = browser.new_page()
    session = page.context.new_cdp_session(page)
    wrong = {}
    for path in opened(code):
        page.goto(site_url + path.relative_to(site).as_posix())
        page.evaluate("document.fonts.ready")
        page.evaluate(  # text in formulas is set in the page's own fonts, whichever they are
            "document.querySelectorAll('math :is(mtext, annotation)').forEach((e) => e.remove())"
        )
        # One question a page: the browser answers for all that an element holds.
        page.evaluate(
            """() => {
              const formulas = [...document.querySelectorAll("article math")];
              document.querySelector("article").replaceChildren(...formulas);
            }"""
        )
        session.send("DOM.enable")
        session.send("CSS.enable")
        root = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        article = session.send("DOM.querySelector", {"nodeId": root, "selector": "article"})
        used = session.send("CSS.getPlatformFontsForNode", article)["fonts"]
        foreign = [font["familyName"] for font in used if not font["isCustomFont"]]
        if foreign:
            wrong[path.name] = foreign
    page.close()
    assert not wrong, wrong


@pytest.mark.parametrize("code", FINISHED)
def test_a_copied_formula_is_latex(browser, site, site_url, code):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    address = max(
        sorted((site / "book" / code).rglob("*.html")),
        key=lambda path: path.read_text("utf-8").count('class="math math-block'),
    )
    page.goto(site_url + address.relative_to(site).as_posix())
    block = page.locator("article .math-block:visible").first
    tex = block.locator("annotation").first.text_content()

    page.evaluate("navigator.clipboard.writeText('nothing yet')")
    button = block.locator(".polyglot-copy")
    button.focus()
    page.keyboard.press("Enter")
    wait_for(page, "navigator.clipboard.readText().then((t) => t !== 'nothing yet')")
    assert page.evaluate("navigator.clipboard.readText()") == tex

    # A selection from inside a formula: the whole formula, with the words around it kept.
    block.locator("math").evaluate(
        """(math) => {
          const leaf = [...math.querySelectorAll("mi, mn")].at(-1).firstChild;
          getSelection().setBaseAndExtent(leaf, 0, leaf, leaf.length);
        }"""
    )
    page.keyboard.press("Control+c")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert tex in copied
    context.close()


@pytest.mark.parametrize("code", LANGUAGES)
def test_wide_formulas_scroll_in_their_own_box_and_by_keyboard(
    browser, site, site_url, code, opened
):
    page = browser.new_page(viewport={"width": 360, "height": 740})
    for path in opened(code):
        page.goto(site_url + path.relative_to(site).as_posix())
        wait_for(page, "document.fonts.status === 'loaded'")
        boxes = page.evaluate(
            """async () => {
              for (const fold of document.querySelectorAll("details")) fold.open = true;
              // Until the page has heard of it, and measured what was folded.
              for (let i = 0; i < 5; i++) await new Promise(requestAnimationFrame);
              return [...document.querySelectorAll(".math-scroll")]
                .filter((e) => e.scrollWidth > e.clientWidth + 1)
                .map((e) => [e.tabIndex, e.getAttribute("aria-label"), e.getAttribute("role")]);
            }"""
        )
        for stop, label, role in boxes:
            assert stop == 0, path
            assert label, path
            assert role == "group", path
    page.close()


def test_references_to_equations_lead_to_them(site):
    count = 0
    for path in sorted((site / "book").rglob("*.html")):
        page = parsed(path)
        numbers = {
            block["id"]: block.select_one(".eqno").get_text().split(")")[0] + ")"
            for block in page.select(".math-block[id]")
            if block.select_one(".eqno")
        }
        assert len(set(numbers.values())) == len(numbers), f"{path}: a number comes twice"
        for link in page.select("a[href^='#equation-']:not(.headerlink)"):
            count += 1
            assert link.get_text() == numbers[link["href"][1:]], f"{path}: {link}"
    assert count, "no reference to an equation in the book"
