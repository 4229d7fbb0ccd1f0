"""Imports modules once and forks kernels, each of which then has them imported.

`kernels.py` runs this file as a program of its own, so that a kernel holds nothing of Sphinx:
``python kernel_server.py SOCKET MODULE…`` with the number of an open socket. A line of JSON, the
names of which there is no module, says that it is ready. Then each line that comes is a kernel to
start (``options``, ``folder``, ``environment``), and its process id is the answer.
The server ends when the socket is closed, and its kernels with it.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import sys
from collections.abc import Iterable
from typing import Any


def _import_all(names: Iterable[str]) -> list[str]:
    """Import modules, and return the names of those that do not exist."""
    missing = []
    for name in names:
        try:
            importlib.import_module(name)
        except Exception as error:
            # A module that is there and fails does so again in the cell that imports it, and is
            # shown there with its traceback.
            if isinstance(error, ModuleNotFoundError) and f"{name}.".startswith(f"{error.name}."):
                missing.append(name)
    return missing


def _reap() -> None:
    """Let go of kernels that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # there are none


def _fork_on_request(connection: socket.socket) -> dict[str, Any] | None:
    """Fork for each request: return it in the new process, and ``None`` in the server's end."""
    with connection, connection.makefile("rw", encoding="utf-8") as lines:
        for line in lines:
            # Only now: until the one before is answered, its id must not go to another process.
            _reap()
            request: dict[str, Any] = json.loads(line)
            pid = os.fork()
            if not pid:
                return request
            lines.write(f"{pid}\n")
            lines.flush()
    return None


def _run_kernel(server: int, options: list[str], folder: str, environment: dict[str, str]) -> None:
    """Do what ``python -m ipykernel_launcher`` does, and end when the server has ended."""
    from ipykernel.kernelapp import IPKernelApp

    os.setsid()  # Ctrl+C is for the build
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()  # a cell that sets no seed gets numbers of its own, as elsewhere
    sys.argv = ["ipykernel_launcher", *options]
    # ipykernel has read the variable for this, JPY_PARENT_PID, when it was imported.
    IPKernelApp.launch_instance(options, parent_handle=server)


def main() -> None:
    """Serve, and be a kernel in each process that is forked."""
    server = os.getpid()
    del sys.path[0]  # this folder, whose modules are none of a notebook's
    number, *names = sys.argv[1:]
    missing = _import_all(["ipykernel.kernelapp", *names])
    connection = socket.socket(fileno=int(number))
    connection.sendall(f"{json.dumps(missing)}\n".encode())
    if request := _fork_on_request(connection):
        _run_kernel(server, **request)


if __name__ == "__main__":
    main()
