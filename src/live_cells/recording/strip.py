"""Run inside the runtime by the build: take docstrings out of compiled modules.

``/io/request.json`` lists files of the library; ``/io/<file>`` is written for each. Texts that
are no docstrings stay, those of NumPy's compiled functions among them.
"""

import dis
import json
import marshal
import os
import types
from itertools import pairwise

LIBRARY = "/usr/local/lib/python315.zip"
HEADER = 16
SHORT = 40


def without(code):
    """Return a code object with ``None`` for its docstring and for those inside it."""
    texts = set()
    instructions = list(dis.get_instructions(code))
    for one, following in pairwise(instructions):
        if following.opname == "STORE_NAME" and following.argval == "__doc__":
            texts.add(one.argval)
    if code.co_flags & 0x4000000:  # CO_HAS_DOCSTRING
        texts.add(code.co_consts[0])
    constants = []
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            constant = without(constant)
        elif isinstance(constant, str) and len(constant) > SHORT and constant in texts:
            constant = None
        constants.append(constant)
    return code.replace(co_consts=tuple(constants))


with open("/io/request.json", encoding="utf-8") as file:
    names = json.load(file)
for name in names:
    with open(f"{LIBRARY}/{name}", "rb") as file:
        data = file.read()
    stripped = data[:HEADER] + marshal.dumps(without(marshal.loads(data[HEADER:])))
    if folder := os.path.dirname(name):
        os.makedirs(f"/io/{folder}", exist_ok=True)
    with open(f"/io/{name}", "wb") as file:
        file.write(stripped)
