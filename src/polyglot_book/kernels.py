"""Kernels that begin as copies of one process in which what notebooks import is imported.

To start Python and import ipykernel, an array and a plotting library takes seconds, which a book
pays for every notebook. With ``polyglot.preload`` in ``_config.yml`` it pays once a build:
`kernel_server.py` imports the modules named there, and each kernel is forked from it. Linux only:
elsewhere, and for kernels that are not ipykernel's, kernels start as they always do.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar, cast

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from sphinx.errors import ConfigError, ExtensionError

_SERVER = Path(__file__).with_name("kernel_server.py")
#: The name of `ForkedProvisioner` among the entry points of this distribution.
_NAME = "polyglot-forked"
#: What a command for a kernel of Python holds between the interpreter and its options.
_LAUNCHER = ["-m", "ipykernel_launcher"]
#: What ipykernel sets when it starts; Matplotlib asks for it when it is imported.
_BACKEND = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


class _Process:
    """A process that is not our child, to be asked what `subprocess.Popen` is asked."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._file = os.pidfd_open(pid)

    def _has_ended(self, timeout: float | None) -> bool:
        poll = select.poll()
        poll.register(self._file, select.POLLIN)
        return bool(poll.poll(timeout))

    def poll(self) -> int | None:
        """Return ``None`` while it runs; how it ended is known to its parent alone."""
        return 0 if self._has_ended(0) else None

    def wait(self) -> int:
        self._has_ended(None)
        os.close(self._file)
        return 0

    def send_signal(self, signum: int) -> None:
        with suppress(ProcessLookupError):  # it has ended: `Popen` says nothing either
            signal.pidfd_send_signal(self._file, signum)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)


class _Server:
    """A running `kernel_server.py`."""

    def __init__(self, names: Sequence[str]) -> None:
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(
                [sys.executable, str(_SERVER), str(its.fileno()), *names],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                env=_BACKEND | os.environ,
                start_new_session=True,
            )
        self._lock = Lock()
        self._socket, self._lines = ours, ours.makefile(encoding="utf-8")
        if missing := json.loads(self._answer()):
            self.close()
            raise ConfigError(
                f"_config.yml: polyglot.preload: there is no module {' or '.join(missing)}"
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, options: Sequence[str], folder: str, env: Mapping[str, str]) -> _Process:
        request = {"options": list(options), "folder": folder, "environment": dict(env)}
        with self._lock:
            return _Process(int(self._answer(f"{json.dumps(request)}\n")))

    def _answer(self, request: str = "") -> str:
        with suppress(ConnectionError):  # it may have ended before it read all of it
            self._socket.sendall(request.encode())
            if line := self._lines.readline():
                return line
        self.close()
        raise ExtensionError(
            "polyglot.preload: the process that imports modules has ended; what it said is above"
        )

    def close(self) -> None:
        self._lines.close()
        self._socket.close()
        self._process.wait()


class ForkedProvisioner(LocalProvisioner):
    """Starts kernels of Python as forks of a server, and others as `LocalProvisioner` does."""

    server: ClassVar[_Server | None] = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel; `LocalProvisioner` asks the process about its state."""
        if self.server is None or cmd[:3] != [sys.executable, *_LAUNCHER]:
            return await super().launch_kernel(cmd, **kwargs)
        folder, env = kwargs.get("cwd") or os.getcwd(), kwargs.get("env") or os.environ
        process = self.server.start(cmd[3:], folder, env)
        self.process = cast(Any, process)  # declared as a `Popen`, of which it has all that is used
        self.pid = self.pgid = process.pid  # it leads a session
        return self.connection_info


def _can_watch() -> bool:
    """Tell whether this system lets a process watch one that is not its child: Linux since 5.3."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):  # another system, an old one, or a container that forbids it
        return False
    return True


@contextmanager
def preloaded(names: Sequence[str]) -> Iterator[None]:
    """Let kernels that start within begin with modules imported.

    Parameters
    ----------
    names : sequence of str
        The modules; without any, kernels start as they always do.

    Raises
    ------
    ConfigError
        If there is none of a name.
    ExtensionError
        If one ends the process that imports it.
    """
    if not names or not _can_watch():
        yield
        return
    factory = KernelProvisionerFactory.instance()
    usual = factory.default_provisioner_name
    ForkedProvisioner.server = server = _Server(names)
    factory.default_provisioner_name = _NAME
    try:
        yield
    finally:
        factory.default_provisioner_name = usual
        ForkedProvisioner.server = None
        server.close()
