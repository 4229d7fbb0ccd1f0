"""What runs the cells in a page, run here by the Python of the build."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from live_cells import packages

DRIVER = """
import json, sys
sys.path.insert(0, sys.argv[1])
import _live
request = json.load(sys.stdin)
_live.start(request["start"])
for source in request["cells"]:
    _live.run(json.dumps({"source": source, "name": "<cell 1>"}))
"""
MARK = "\x1elive\x1f"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Put the modules that run cells into a folder of their own."""
    place = tmp_path_factory.mktemp("in_page")
    for name, data in packages.in_page().items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place


@pytest.fixture
def run(folder):
    """Return a function that runs cells in one interpreter and returns their messages."""

    def messages(*cells: str, **start) -> list[dict]:
        done = subprocess.run(
            [sys.executable, "-I", "-c", DRIVER, str(folder)],
            input=json.dumps({"start": start, "cells": cells}),
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stderr == ""
        lines = done.stdout.split("\n")[:-1]  # the mark holds what `splitlines` takes for an end
        assert all(line.startswith(MARK) for line in lines), done.stdout
        return [json.loads(line.removeprefix(MARK)) for line in lines]

    return messages


def test_text_comes_as_it_is_printed(run):
    said = run("import sys\nprint('a', 1)\nprint('b', end='')\nprint('c', file=sys.stderr)")
    assert [(one["name"], one["text"]) for one in said] == [
        ("stdout", "a 1\n"), ("stderr", "c\n"), ("stdout", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("1 + 1", "2"),
        ("'x'", "'x'"),
        ("1 + 1;", None),
        ("1 + 1;  # a comment", None),
        ("'a;'  # not at the end;", "'a;'"),
        ("None", None),
        ("x = 2", None),
        ("{'b': 1, 'a': list(range(40))}", "{'b': 1,\n 'a': [0,\n  1,"),
    ],
)
def test_the_last_value_is_shown_as_in_jupyter(run, source, shown):
    said = run(source)
    assert len(said) == (shown is not None)
    if shown is not None:
        assert said[0]["data"]["text/plain"].startswith(shown)


def test_names_stay_from_cell_to_cell(run):
    *_, last = run("def f(x):\n    return x * scale\nscale = 3", "f(2)", "_ + 1")
    assert last["data"]["text/plain"] == "7"


def test_rich_output_has_all_its_forms(run):
    said = run(
        "from IPython.display import HTML, Image, Latex, Markdown, Math, SVG, display\n"
        "display(HTML('<b>a</b>'), Math('x^2'), Latex('$y$'), Markdown('*c*'), SVG('<svg/>'))\n"
        "display({'text/x': 'raw'}, raw=True)\n"
        "Image(b'\\x89PNG', width=3)"
    )
    wanted = [
        ("text/html", "<b>a</b>"), ("text/latex", "$\\displaystyle x^2$"), ("text/latex", "$y$"),
        ("text/markdown", "*c*"), ("image/svg+xml", "<svg/>"), ("text/x", "raw"),
        ("image/png", "iVBORw=="),
    ]  # fmt: skip
    for one, (mime, value) in zip(said, wanted, strict=True):
        assert one["data"][mime].rstrip("\n") == value
    assert said[-1]["metadata"] == {"image/png": {"width": 3}}


def test_formatters_of_a_library_are_asked(run):
    said = run(
        "class A: pass\n"
        "formatter = get_ipython().display_formatter\n"
        "html = formatter.formatters['text/html']\n"
        "html.for_type_by_name('__main__', 'A', lambda a: '<i>A</i>')\n"
        "formatter.mimebundle_formatter.for_type(A, lambda a: {'application/x': {'n': 1}})\n"
        "A()"
    )
    assert said[-1]["data"]["text/html"] == "<i>A</i>"
    assert said[-1]["data"]["application/x"] == {"n": 1}


def test_an_error_shows_the_lines_of_the_reader_alone(run):
    (said,) = run("import json\n\ndef f(text):\n    return json.loads(text)\n\nf('{')")
    assert (said["type"], said["ename"], said["line"]) == ("error", "JSONDecodeError", 4)
    lines = "\n".join(said["traceback"])
    assert "return json.loads(text)" in lines
    assert 'File "<cell 1>", line 6' in lines
    assert lines.count("File ") == 3, "two lines of the cell, and where in a library it ended"


@pytest.mark.parametrize(
    ("source", "name", "said", "line"),
    [
        ("x = (1,\n", "SyntaxError", "'(' was never closed", 1),
        ("import no_such", "ModuleNotFoundError", "left out of the Python of this page", 1),
        ("a = 1\n%timeit a", "UsageError", "%timeit a: this line is for Jupyter", 2),
        ("!ls", "UsageError", "!ls: this line is for Jupyter", 1),
        ("%%writefile x\nnot python", "UsageError", "%%writefile x: this line", 1),
        ("input()", "NotImplementedError", "write the value into the cell", 1),
        ("raise SystemExit(3)", "SystemExit", "3", 1),
    ],
)
def test_errors_say_what_is_wrong(run, source, name, said, line):
    found = run(source)[-1]
    assert found["ename"] == name
    assert said in found["evalue"]
    assert found["line"] == line


def test_a_text_may_begin_with_a_per_cent_sign(run):
    (said,) = run("x = '''\n%d\n'''\nx")
    assert said["data"]["text/plain"] == "'\\n%d\\n'"


def test_warnings_come_with_the_line_that_caused_them(run):
    (said,) = run("import warnings\nwarnings.warn('careful')")
    assert said["name"] == "stderr"
    assert "<cell 1>:2: UserWarning: careful\n  warnings.warn('careful')" in said["text"]


def test_open_figures_are_shown_at_the_end_of_a_cell(run):
    said = run(
        "import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\nprint('drawn');",
        "plt.get_fignums()",
        "plt.figure()\n1 / 0",
        "plt.get_fignums()",
    )
    assert [one["type"] for one in said] == ["stream", "display", "display", "error", "display"]
    assert said[1]["data"]["image/svg+xml"].startswith("<?xml")
    assert said[2]["data"]["text/plain"] == said[4]["data"]["text/plain"] == "[]"


def test_a_module_of_a_later_tier_is_asked_for_and_the_cell_shows_nothing_wrong(run):
    said = run("try:\n    import xgboost_\nexcept ImportError:\n    print('no')",
               tiers={"extra": ["xgboost_"]})  # fmt: skip
    assert said == [{"type": "needs", "tier": "extra"}]


def test_the_book_may_wait_for_a_module(run):
    start = (
        "from _live import when_imported\n"
        "when_imported('colorsys', lambda module: setattr(module, 'ours', 1))\n"
    )
    (said,) = run("import colorsys\ncolorsys.ours", run=start)
    assert said["data"]["text/plain"] == "1"


def test_help_prints_the_docstring(run):
    said = run('def f(x):\n    """Return x."""\nhelp(f)')
    assert "f(x)\n    Return x." in "".join(one["text"] for one in said)


def test_libraries_see_that_they_run_in_a_shell(run):
    (said,) = run("import sys\nsys.modules['IPython'].get_ipython() is get_ipython()")
    assert said["data"]["text/plain"] == "True"
