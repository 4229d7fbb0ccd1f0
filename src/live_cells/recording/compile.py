"""Run inside the runtime by the build: compile ``/book`` into ``/io``, sources kept beside it."""

import importlib.util
import os
import py_compile

LIBRARY = "/usr/local/lib/python315.zip"
MODE = py_compile.PycInvalidationMode.UNCHECKED_HASH

for folder, _, names in os.walk("/book"):
    for name in names:
        if name.endswith(".py"):
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, "/book")
            target = f"/io/{importlib.util.cache_from_source(inside)}"
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shown = f"{LIBRARY}/{inside}"
            py_compile.compile(path, target, shown, invalidation_mode=MODE, doraise=True)
