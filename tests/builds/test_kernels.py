"""Kernels that are forked from a server are the kernels that a notebook has elsewhere."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_cache.executors.utils import ExecutionResult, single_nb_execution
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from sphinx.errors import ConfigError, ExtensionError

from polyglot_book.kernels import ForkedProvisioner, preloaded

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")

#: What a cell can see of the process that it runs in, one would think.
FACTS = """
import json, os, signal, sys
facts = {
    "path": sys.path, "flags": str(sys.flags), "folder": os.getcwd(), "main": __name__,
    "environment": {name: value for name, value in os.environ.items() if name not in UNLIKE},
    "signals": [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGCHLD)],
    "leads a session": os.getsid(0) == os.getpid(), "input": sys.stdin.isatty(),
}
print(json.dumps(facts, sort_keys=True))
""".replace("UNLIKE", "('JPY_PARENT_PID', 'JPY_SESSION_NAME')")


@pytest.fixture(autouse=True)
def own_profile(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def run(folder: Path, *sources: str, timeout: int = 120) -> ExecutionResult:
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=metadata)
    return single_nb_execution(notebook, str(folder), timeout=timeout, allow_errors=False)


def printed(folder: Path, *sources: str) -> str:
    result = run(folder, *sources)
    assert result.err is None, result.exc_string
    return "".join(output.get("text", "") for output in result.nb.cells[-1].outputs)


def test_a_kernel_has_imported_what_is_named_and_nothing_else_is_different(tmp_path):
    is_there = "import sys\nprint('colorsys' in sys.modules)"
    usual = json.loads(printed(tmp_path, FACTS))
    assert printed(tmp_path, is_there) == "False\n"
    with preloaded(["colorsys"]):
        assert printed(tmp_path, is_there) == "True\n"
        forked = json.loads(printed(tmp_path, FACTS))
    for name, value in usual.items():
        assert forked[name] == value, name


def test_without_names_kernels_start_as_ever(tmp_path):
    usual = KernelProvisionerFactory.instance().default_provisioner_name
    with preloaded([]):
        assert KernelProvisionerFactory.instance().default_provisioner_name == usual


def test_where_processes_cannot_be_watched_kernels_start_as_ever(tmp_path, monkeypatch):
    def forbidden(pid):
        raise PermissionError(pid)

    monkeypatch.setattr(os, "pidfd_open", forbidden)
    with preloaded(["colorsys"]):
        assert ForkedProvisioner.server is None
        assert printed(tmp_path, "print(1)") == "1\n"


def test_each_kernel_has_random_numbers_of_its_own(tmp_path):
    draw = "import random, numpy\nprint(random.random(), numpy.random.random())"
    with preloaded(["numpy"]):
        first, second = printed(tmp_path, draw).split(), printed(tmp_path, draw).split()
    assert not set(first) & set(second)


def test_plots_are_shown_though_matplotlib_is_there_before_ipython(tmp_path):
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    with preloaded(["matplotlib.figure"]):
        result = run(tmp_path, plot)
    assert result.err is None, result.exc_string
    assert [list(output.data) for output in result.nb.cells[0].outputs] == [
        ["text/plain", "image/png"]
    ]


def test_a_kernel_that_dies_is_seen(tmp_path):
    with preloaded(["colorsys"]), pytest.raises(DeadKernelError):
        run(tmp_path, "import os\nos._exit(1)")


def test_a_cell_that_takes_too_long_is_stopped(tmp_path):
    with preloaded(["colorsys"]):
        result = run(tmp_path, "while True:\n    pass", timeout=2)
    assert isinstance(result.err, CellTimeoutError)


def test_no_process_is_left(tmp_path):
    with preloaded(["colorsys"]):
        server = ForkedProvisioner.server
        kernel = int(printed(tmp_path, "import os\nprint(os.getpid())"))
        assert int(printed(tmp_path, "import os\nprint(os.getppid())")) == server.pid
    assert ForkedProvisioner.server is None
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in (kernel, server.pid)):
        assert time.monotonic() < deadline, "still running"
        time.sleep(0.1)


def test_a_kernel_ends_with_its_server(tmp_path):
    with preloaded(["colorsys"]):
        process = ForkedProvisioner.server.start(["--log-level=40"], str(tmp_path), os.environ)
        assert process.poll() is None
    deadline = time.monotonic() + 30
    while process.poll() is None:
        assert time.monotonic() < deadline, "still running"
        time.sleep(0.1)
    assert process.wait() == 0


def test_a_server_that_is_killed_is_an_error(tmp_path):
    with preloaded(["colorsys"]):
        os.kill(ForkedProvisioner.server.pid, signal.SIGKILL)
        with pytest.raises(ExtensionError, match="has ended"):
            run(tmp_path, "print(1)")


def test_a_module_that_does_not_exist_is_an_error(tmp_path):
    with (
        pytest.raises(ConfigError, match=r"preload: there is no module nosuch\.module"),
        preloaded(["colorsys", "nosuch.module"]),
    ):
        pytest.fail("it should not begin")


def test_a_module_that_fails_does_so_in_the_cell_that_imports_it(tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("import nosuch_module\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with preloaded(["broken_module"]):
        result = run(tmp_path, "import broken_module")
    assert "broken_module.py" in result.exc_string
    assert "No module named 'nosuch_module'" in result.exc_string


def test_a_module_that_ends_the_process_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "leaving_module.py").write_text("raise SystemExit('gone')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ExtensionError, match="has ended"), preloaded(["leaving_module"]):
        pytest.fail("it should not begin")
