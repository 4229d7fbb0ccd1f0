"""A small book in Persian and English, which tests write and build: pages from right to left."""

import copy
import json
from pathlib import Path

import nbformat
import yaml
from small_book import CONFIG, DROP

STEPS = {
    "definitions": {"label": "نمادها", "formulas": [r"S = \sum_{j=1}^{n} e^{z_j}"]},
    "left": r"\frac{\partial p_i}{\partial z_k}",
    "steps": [
        {
            "relation": "=",
            "expression": r"\frac{\partial}{\partial z_k} \frac{e^{z_i}}{S}",
            "reason": "بنا به تعریف",
        },
        {
            "relation": "=",
            "expression": r"p_i (\delta_{ik} - p_k)",
            "reason": "قاعدهٔ مشتق خارج قسمت؛ نماد دلتای کرونکر برابر است با",
            "lemma": r"\delta_{ii} = 1",
        },
    ],
}

PLOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 160" width="320" height="160">'
    '<path d="M10 150H310M10 150V10M10 148C180 140 250 90 300 15" fill="none" stroke="#0072b2"/>'
    '<text x="250" y="145">z</text></svg>'
)

#: Cells of text are strings, cells of code are pairs of source and outputs.
CELLS = [
    """\
# تابع سافت‌مکس

سافت‌مکس بردار $z \\in \\mathbb{R}^n$ را به یک توزیع احتمال تبدیل می‌کند؛ هر مؤلفهٔ $p_i$ مثبت است و
مجموع آن‌ها برابر با $1$ می‌شود. در کتابخانهٔ NumPy با `np.exp(z) / np.exp(z).sum()` حساب می‌شود. تعریف
در {eq}`softmax` آمده است و [لوجیت](glossary.md#logit) در واژه‌نامه، و {numref}`drop` شکل آن است.

```{margin}
ریشهٔ نام: «بیشینهٔ نرم»، چون بزرگ‌ترین مؤلفه بیشترین سهم را می‌گیرد.
```

$$ p_i = \\frac{e^{z_i}}{\\sum_{j=1}^{n} e^{z_j}} $$ (softmax)

فرمول بدون شماره هم در همین جهت خوانده می‌شود:

$$ \\log p_i = z_i - \\log\\bigl(e^{z_1} + e^{z_2} + e^{z_3} + e^{z_4} + \\dots + e^{z_n}\\bigr) \
- 0 \\cdot \\bigl(z_1 + z_2 + z_3 + z_4 + z_5 + z_6 + z_7 + z_8 + z_9 + z_{10}\\bigr) $$""",
    "## محاسبه\n\nخروجی زیر سه عدد است و کد از چپ به راست نوشته می‌شود.",
    (
        "import numpy as np\n\nz = np.array([2.0, 1.0, 0.1])  # لوجیت‌ها\n"
        "p = np.exp(z - z.max())  # سرریز نمی‌کند\np / p.sum()",
        [{"text/plain": "array([0.65900114, 0.24243297, 0.09856589])"}],
        [],
    ),
    ("derivation()", [{"application/vnd.polyglot-book.steps+json": STEPS}], ["remove-input"]),
    ("plot()", [{"image/svg+xml": PLOT}], ["hide-input"]),
    (
        "secret = 1\nother = 2",
        [{"text/plain": "2"}],
        ["hide-cell"],
    ),
    """\
```{figure} ../drop.svg
:name: drop
:alt: قطره
قطرهٔ باران
```

:::{note}
تفریق بیشینه نتیجه را تغییر نمی‌دهد.

- یک
- دو
  1. الف
  2. ب
:::

:::{tip}
:class: dropdown
این یادداشت با یک کلیک باز می‌شود.
:::

> نقل قول: «ساده، اما نه ساده‌تر.»

| نماد | معنی | مقدار |
|---|---|---|
| $z$ | لوجیت | 2.0 |
| $p$ | احتمال | 0.659 |

## تمرین

```{exercise} نامنفی بودن
:label: task
:class: exercise-proof
ثابت کنید که $p_i > 0$ و مجموع مؤلفه‌ها یک است.
```

```{solution} task
:class: dropdown
تابع نمایی همه‌جا مثبت است.
```

گام‌های دیگر: {numref}`task`. یادداشت[^one]

[^one]: پانوشت.""",
]

NAMES = {"fa": "واژه‌نامه", "en": "Glossary"}
GLOSSARY = '[logit]\nenglish = "logit"\n\n[entropy]\nenglish = "entropy"\n'
TERMS = {
    "fa": """[logit]
term = "لوجیت"
also = ["امتیاز"]
definition = 'ورودی سافت‌مکس، یک عدد $z_i$ برای هر رده.'

[entropy]
term = "آنتروپی"
definition = 'میانگین شگفتی؛ ببینید [لوجیت](glossary.md#logit).'
""",
    "en": """[logit]
term = "logit"
definition = 'What softmax takes.'

[entropy]
term = "entropy"
definition = 'Mean surprise.'
""",
}


def _notebook(cells: list) -> nbformat.NotebookNode:
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
            continue
        source, bundles, tags = cell
        outputs = [
            nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)
            for bundle in bundles
        ]
        metadata = {"tags": tags, "mystnb": {"image": {"alt": "نمودار نمایی"}}}
        made.append(nbformat.v4.new_code_cell(source, outputs=outputs, metadata=metadata))
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        "myst": {"html_meta": {"description": "سافت‌مکس چیست و چگونه حساب می‌شود"}},
    }
    for index, cell in enumerate(made):
        cell["id"] = f"cell-{index}"
    return nbformat.v4.new_notebook(cells=made, metadata=metadata)


def write_book(folder: Path) -> None:
    """Write the book: in each language a landing page and a glossary, in Persian a notebook too."""
    config = copy.deepcopy(CONFIG)
    config["sphinx"]["config"]["polyglot"] = {
        "languages": {
            "fa": {"tag": "fa", "gettext": "fa", "name": "فارسی"},
            "en": {"tag": "en", "gettext": "en", "name": "English"},
        },
        "take_along": {"name": "softmax"},
    }
    (folder / "_config.yml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    (folder / "glossary.toml").write_text(GLOSSARY, "utf-8")
    (folder / "drop.svg").write_text(DROP, "utf-8")
    (folder / "index.md").write_text("# سافت‌مکس · Softmax\n\n```{languages}\n```\n", "utf-8")
    chapters = []
    for code, title in (("fa", "درس سافت‌مکس"), ("en", "A course on softmax")):
        (folder / code).mkdir()
        (folder / code / "index.md").write_text(f"# {title}\n\n{title}.\n", "utf-8")
        (folder / code / "glossary.toml").write_text(TERMS[code], "utf-8")
        (folder / code / "glossary.md").write_text(
            f"# {NAMES[code]}\n\n```{{polyglot-glossary}}\nglossary.toml\n```\n", "utf-8"
        )
        sections = [{"file": f"{code}/glossary"}]
        if code == "fa":
            nbformat.write(_notebook(CELLS), folder / code / "softmax.ipynb")
            sections.insert(0, {"file": "fa/softmax"})
        groups = [{"numbered": 2, "restart_numbering": True, "sections": sections}]
        chapters.append({"file": f"{code}/index", "subtrees": groups})
    toc = {"format": "jb-book", "root": "index", "chapters": chapters}
    (folder / "_toc.yml").write_text(json.dumps(toc), "utf-8")
