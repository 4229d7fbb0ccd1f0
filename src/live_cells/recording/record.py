"""Run inside the runtime by the build: record which modules of the library a page loads.

``/io/request.json`` holds "cells", their sources; "later", the top-level packages of the second
tier; "hidden", packages that others import only if they are there; "statements", import statements
that are tried besides. The book's own packages are in ``/book``. Written is ``/io/answer.json``.
"""

import json
import os
import sys

LIBRARY = "/usr/local/lib/python315.zip"


class _Hide:
    """Let packages be missing."""

    def __init__(self, names):
        self.names = set(names)

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


class _Later(_Hide):
    """Note what is asked for, and what is there when the first of the second tier is."""

    core = None

    def find_spec(self, name, path=None, target=None):
        _asked.add(name)
        if self.core is None and name.partition(".")[0] in self.names:
            self.core = _loaded()


_asked = set()


def main():
    """Run the cells, then the statements, and write what they have loaded."""
    with open("/io/request.json", encoding="utf-8") as file:
        request = json.load(file)
    import _live
    from _live import streams

    messages = []
    later = _Later(request["later"])
    sys.meta_path[:0] = [_Hide(request["hidden"]), later]
    streams._write = messages.append
    # As in the page, where the second tier's packages are imported when they are used.
    lazy = [*request["lazy"], *request["later"]]
    _live.start({"tiers": {}, "lazy": lazy, "run": request["run"]})
    errors = {}
    for index, source in request["cells"]:
        messages.clear()
        _live.run(json.dumps({"source": source, "name": f"<cell {index}>"}))
        for message in messages:
            if message["type"] == "error":
                errors[index] = f"{message['ename']}: {message['evalue']}"
    failed = _try(request["statements"])
    fonts = _draw() if "matplotlib.figure" in sys.modules else None
    everything = _loaded()
    answer = {
        "core": everything if later.core is None else later.core,
        "all": everything,
        "errors": errors,
        "failed": failed,
        "fonts": fonts,
    }
    with open("/io/answer.json", "w", encoding="utf-8") as file:
        json.dump(answer, file)


def _try(statements):
    """Execute each statement by itself and return what failed, with the reason."""
    failed = {}
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
    # Some put another module in their place, as `decimal` does: their own files are needed, too.
    for name in _asked & set(sys.modules):
        place = name.replace(".", "/")
        for file in (f"{place}.pyc", f"{place}/__init__.pyc"):
            if os.path.isfile(f"{LIBRARY}/{file}"):
                files.add(file)
    return sorted(files)


def _draw():
    """Draw a figure, which loads the rest of Matplotlib; return its list of fonts."""
    import io

    import matplotlib
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
