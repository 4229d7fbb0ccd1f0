"""What is read of pages before any notebook runs: metadata, figures, formulas."""

from types import SimpleNamespace

import nbformat
import pytest
from docutils import nodes
from myst_nb.core.config import NbParserConfig
from myst_parser.config.main import MdParserConfig
from sphinx.errors import ConfigError

from polyglot_book.compat.myst_notebooks import place_of
from polyglot_book.compat.myst_sources import Source
from polyglot_book.rendering import macros, mathml

PAGE = r"""---
concepts: [rain]
---
# Rain $z$

![](wet.png) and ![drops](wet.png), $a$ and {math}`b`

```{figure} rain.svg
:name: rain
:alt: |
```

:::{note}
:class: x
```{image} snow.svg
```
$$c$$ (label)
:::

```{exercise} Title
---
label: e
---
\begin{align}
d
\end{align}
```

```{math}
:label: m
f
```

```python
print("$no formula$")
```

```{mermaid}
$no formula$
```
"""


def read(path, text: str) -> Source:
    path.write_text(text, "utf-8")
    extensions = ["amsmath", "colon_fence", "dollarmath"]
    env = SimpleNamespace(
        doc2path=lambda docname: str(path),
        myst_config=MdParserConfig(enable_extensions=extensions),
        mystnb_config=NbParserConfig(),
    )
    return Source(env, "page")


def found(source: Source, *kinds: type) -> list[nodes.Element]:
    tree = source.figures_and_formulas
    return [node for node in tree.findall(lambda node: isinstance(node, kinds))]


def test_a_page_is_read_without_being_run(tmp_path):
    source = read(tmp_path / "page.md", PAGE)
    assert source.metadata["concepts"] == ["rain"]
    formulas = found(source, nodes.math, nodes.math_block)
    read_as = [mathml.requested(node) for node in formulas]
    assert read_as == [
        ("z", False),
        ("a", False),
        ("b", False),
        ("c", True),
        ("\\begin{align*}\nd\n\\end{align*}", True),
        ("f", True),
    ]
    images = [
        (node["uri"], node["alt"], place_of(node, "p")) for node in found(source, nodes.image)
    ]
    assert images == [
        ("wet.png", "", "p, line 6"),
        ("wet.png", "drops", "p, line 6"),
        ("rain.svg", "|", "p, line 8"),
        ("snow.svg", "", "p, line 15"),
    ]


def test_cells_of_notebooks_are_counted(tmp_path):
    cells = [
        nbformat.v4.new_code_cell("raise SystemExit"),
        nbformat.v4.new_markdown_cell("# Rain\n\n$x$"),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"concepts": ["rain"]})
    source = read(tmp_path / "page.ipynb", nbformat.writes(notebook))
    assert source.metadata["concepts"] == ["rain"]
    (formula,) = found(source, nodes.math)
    assert place_of(formula, "p") == "p, cell 2, line 3"


def test_formulas_take_the_definitions_before_them():
    tree = nodes.container()
    for tex in (r"\a", r"\newcommand{\a}[1][x]{\b{#1}} \a", r"\def\b#1{#1}", r"1", r"\a + \ab"):
        tree += nodes.paragraph("", "", nodes.Text("so "), nodes.math("", tex))
    macros.hand_on(tree)
    asked = [mathml.requested(node)[0] for node in tree.findall(nodes.math)]
    assert asked == [
        r"\a",
        r"\newcommand{\a}[1][x]{\b{#1}} \a",
        r"\def\b#1{#1}",
        "1",
        r"\newcommand{\a}[1][x]{\b{#1}}\def\b#1{#1}\a + \ab",
    ]


@pytest.mark.parametrize("wrong", [1, ["x", "1"], ["x", 1, 2], {"x": 1}, []])
def test_a_macro_of_another_form_is_named(wrong):
    config = SimpleNamespace(mathjax3_config={"tex": {"macros": {"good": "x", "bad": wrong}}})
    with pytest.raises(ConfigError, match=r"mathjax3_config\.tex\.macros\.bad: a LaTeX text"):
        macros.configured(config)


@pytest.mark.parametrize("config", [None, {}, {"tex": None}, {"tex": {"macros": None}}])
def test_a_book_need_not_have_macros(config):
    assert macros.configured(SimpleNamespace(mathjax3_config=config)) == {}
