"""An IPython shell in this process, put back as it was found."""

from collections.abc import Iterator

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb._taping import TAPING


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    yield shell
    TAPING.set(None)
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()
