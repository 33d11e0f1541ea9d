"""A real IPython shell of its own for each test, its displays recorded."""

import atexit
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from in_process_notebook import Notebook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from racto_nb import load_ipython_extension


@pytest.fixture
def bare_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """A shell without the extension. `shell.display_pub.outputs` lists what was displayed."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=settings)
    shell.display_pub = CapturingDisplayPublisher()
    yield shell
    shell.restore_sys_module_state()
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()


@pytest.fixture
def shell(bare_shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    """A shell with the magics, which show each answer once, when it is complete."""
    monkeypatch.setenv("RACTO_DISPLAY", "static")
    load_ipython_extension(bare_shell)
    return bare_shell


@pytest.fixture
def notebook(shell: InteractiveShell) -> Notebook:
    """Cells in that shell, with FakeKit at hand."""
    return Notebook(shell)
