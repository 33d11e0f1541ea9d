"""`racto-nb magics on`: kernels and terminals know `%%racto` without `%load_ext`, and import nothing before it is used."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from jupyter_kernel import Kernel, running_kernel

from racto_nb.notebook.lazily import SETTING, switch_on

IMPORTED = "[name for name in __import__('sys').modules if name.partition('.')[0] == 'racto_nb']"
ASK = "%%racto --model kit --quiet\nHello"


def lazy_kernel(folder: Path, before: str = ""):
    """A kernel whose user has switched the magics on."""
    config = folder / "ipythondir" / "profile_default" / "ipython_config.py"
    config.parent.mkdir(parents=True)
    config.write_text(before)
    switch_on(config)
    return running_kernel(folder, load="")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory):
    with lazy_kernel(tmp_path_factory.mktemp("lazy")) as running:
        yield running


def test_nothing_is_imported_before_the_first_use_and_then_it_works(kernel: Kernel):
    assert kernel.value(IMPORTED) == []
    kernel.ok("1 + 1")
    assert kernel.value(IMPORTED) == []
    assert "use" in kernel.ok("%racto help").text
    kernel.ok("from racto_nb.testing import FakeKit\nkit = FakeKit(['Hi'], repeat_last=True)")
    kernel.ok(ASK)
    assert kernel.value("_racto.text") == "Hi"
    assert kernel.value("len([x for x in get_ipython().configurables if type(x).__name__ == 'RactoMagics'])") == 1


def test_loading_it_by_hand_as_well_does_no_harm(kernel: Kernel):
    kernel.ok("%load_ext racto_nb")
    kernel.ok("%reload_ext racto_nb")
    kernel.ok(ASK)


def test_the_first_use_may_be_a_cell_in_a_kernel_with_lazy_magics_of_its_own(tmp_path: Path):
    before = "c = get_config()\nc.MagicsManager.lazy_magics = {'another': 'elsewhere'}"
    with lazy_kernel(tmp_path, before) as kernel:
        assert kernel.value("get_ipython().magics_manager.lazy_magics['another']") == "elsewhere"
        cell = kernel.run("%%racto --model embedded:nothing-of-this-name\nHello")
        assert cell.errors[0]["ename"] == "ModelNotFoundError"


def test_without_the_setting_there_is_no_such_magic(tmp_path: Path):
    with running_kernel(tmp_path, load="") as kernel:
        assert "not found" in kernel.run(ASK).written("stderr")


def test_the_config_of_an_environment_is_read_by_ipython_in_a_terminal(tmp_path: Path):
    root = tmp_path / "environment"
    venv.EnvBuilder(symlinks=True).create(root)
    python = root / "bin" / "python"
    (packages,) = root.glob("lib/python*/site-packages")
    paths = [path for path in sys.path if path.endswith("site-packages")] + [str(Path(__file__).resolve().parents[2])]
    (packages / "all.pth").write_text("\n".join(paths))
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "dumb"}

    def run(*words: str) -> str:
        done = subprocess.run([str(python), *words], capture_output=True, text=True, timeout=120, check=False, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert "Written to" in run("-c", "from racto_nb.command_line import main; main(['magics', 'on'])")
    assert SETTING in (root / "etc" / "ipython" / "ipython_config.py").read_bytes()
    script = tmp_path / "script.ipy"
    script.write_text(f"print('before', {IMPORTED})\n%racto help\nprint('after', len({IMPORTED}) > 0)\n")
    shown = run("-m", "IPython", "--simple-prompt", "--colors=nocolor", "--no-banner", str(script))
    assert "before []" in shown
    assert "%racto doctor" in shown
    assert "after True" in shown
