"""Loading and unloading the magics."""

import subprocess
import sys

import pytest
from IPython.core.error import UsageError as IPythonUsageError
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.notebook.extension import load, unload
from racto_nb.notebook.magics.racto import RactoMagics
from racto_nb.testing import FakeKit

HEAVY = [
    "pandas",
    "polars",
    "numpy",
    "pydantic",
    "plotly",
    "duckdb",
    "nh3",
    "markdown_it",
    "xllamacpp",
    "onnxruntime",
    "ipywidgets",
    "tokenizers",
]


def instances(shell: InteractiveShell) -> list[RactoMagics]:
    return [item for item in shell.configurables if isinstance(item, RactoMagics)]


def test_both_magics_are_registered(bare_shell: InteractiveShell):
    bare_shell.run_line_magic("load_ext", "racto_nb")
    assert {kind for kind, names in bare_shell.magics_manager.magics.items() if "racto" in names} == {"line", "cell"}


def test_loading_twice_keeps_the_conversations(shell: InteractiveShell):
    (magics,) = instances(shell)
    magics.session.remember("talk", "q", "r")
    load(shell)
    assert instances(shell) == [magics]
    assert shell.magics_manager.registry["RactoMagics"].session.conversations["talk"]


def test_unloading_takes_everything_away(shell: InteractiveShell):
    unload(shell)
    assert instances(shell) == []
    assert not any("racto" in names for names in shell.magics_manager.magics.values())
    with pytest.raises(IPythonUsageError, match="not found"):
        shell.run_line_magic("racto", "help")


def test_unloading_twice_does_no_harm(shell: InteractiveShell):
    unload(shell)
    others = list(shell.configurables)
    unload(shell)
    assert shell.configurables == others


def test_after_loading_again_the_settings_reach_the_new_magics(shell: InteractiveShell):
    unload(shell)
    load(shell)
    shell.user_ns["kit"] = FakeKit(["x"])
    shell.run_line_magic("config", "RactoMagics.model = 'kit'")
    shell.run_cell_magic("racto", "--quiet", "q")
    assert len(shell.user_ns["kit"].calls) == 1


def test_loading_imports_nothing_heavy():
    code = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\nbefore = set(sys.modules)\n"
        "from traitlets.config import Config\nc = Config()\nc.HistoryManager.enabled = False\n"
        "InteractiveShell.instance(config=c).run_line_magic('load_ext', 'racto_nb')\n"
        f"assert 'racto_nb.notebook.magics.racto' in sys.modules\nprint(sorted((set(sys.modules) - before) & set({HEAVY!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
