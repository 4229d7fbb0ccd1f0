"""Run inside the runtime by the build: which modules do the book's imports load?

``/work/request.json`` holds "statements", the import statements of cells and packages; "later",
the top-level packages of the second tier; "hidden", packages that others import only if they are
there; "modules", further modules to import; "own", the names of the book's packages, which are in
``/book``. Written is ``/work/answer.json``.
"""

import importlib
import json
import os
import sys

LIBRARY = "/usr/local/lib/python315.zip"
BOOK = "/book"


class _Block:
    """Let packages be missing."""

    def __init__(self, names):
        self.names = set(names)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main():
    with open("/work/request.json", encoding="utf-8") as file:
        request = json.load(file)
    sys.meta_path.insert(0, _Block(request["hidden"]))
    block = _Block(request["later"])
    sys.meta_path.insert(0, block)
    _run(request)
    core = _loaded()
    sys.meta_path.remove(block)
    # Modules that have met the gap may have taken what was missing to be missing for good.
    for name in [name for name in sys.modules if name.partition(".")[0] in request["own"]]:
        del sys.modules[name]
    failed = _run(request)
    fonts = _draw() if "matplotlib.figure" in sys.modules else None
    answer = {"core": core, "all": _loaded(), "failed": failed, "fonts": fonts}
    with open("/work/answer.json", "w", encoding="utf-8") as file:
        json.dump(answer, file)


def _run(request):
    """Execute each statement by itself and return what failed, with the reason."""
    failed = {}
    statements = [f"import {name}" for name in request["modules"]] + request["statements"]
    for statement in statements:
        try:
            exec(statement, {"__name__": "__record__"})
        except Exception as error:
            failed[statement] = f"{type(error).__name__}: {error}"
    return failed


def _loaded():
    """Return the files of the library that modules have been loaded from."""
    files = set()
    for module in list(sys.modules.values()):
        file = getattr(getattr(module, "__spec__", None), "origin", None) or ""
        if file.startswith(LIBRARY + "/"):
            files.add(file.removeprefix(LIBRARY + "/"))
    return sorted(files)


def _draw():
    """Draw a figure, which loads the rest of Matplotlib; return its list of fonts."""
    import io

    import matplotlib

    matplotlib.use("agg")
    from matplotlib import font_manager, pyplot

    figure, axes = pyplot.subplots(layout="constrained")
    axes.plot([1, 2, 3], label=r"$\frac{x_i}{\sqrt{2}}$")
    axes.imshow([[1, 2], [3, 4]])
    axes.legend()
    for kind in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=kind, bbox_inches="tight")
    pyplot.close(figure)
    cache = matplotlib.get_cachedir()
    name = f"fontlist-v{font_manager.FontManager.__version__}.json"
    with open(os.path.join(cache, name), encoding="utf-8") as file:
        return {"name": name, "text": file.read()}


main()
