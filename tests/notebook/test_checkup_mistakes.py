"""The doctor on mistakes with environments: other copies, other kernels, other servers, keys in a file, the former library."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from IPython.core.interactiveshell import InteractiveShell

import racto_nb
from racto_nb.notebook.checkup import findings
from racto_nb.notebook.checkup.interpreter import copy_findings
from racto_nb.notebook.checkup.kernels import kernel_findings, server_findings
from racto_nb.notebook.checkup.keys import unloaded_findings

OWN = Path(racto_nb.__file__).parent


def kernel(folder: Path, name: str, program: str) -> Path:
    place = folder / name
    place.mkdir(parents=True)
    (place / "kernel.json").write_text(json.dumps({"argv": [program, "-m", "ipykernel_launcher"]}))
    return folder


def other_python(folder: Path) -> Path:
    path = folder / "other" / "bin" / "python3"
    path.parent.mkdir(parents=True)
    path.symlink_to(sys.executable)
    return path


def test_a_kernel_of_another_python_is_found(tmp_path):
    (found,) = kernel_findings([kernel(tmp_path, "python3", str(other_python(tmp_path)))])
    assert found.wrong
    assert (found.what, "starts another Python" in found.state) == ("kernel python3", True)
    assert sys.executable in found.advice


@pytest.mark.parametrize("program", [sys.executable, "python", "python3", "/usr/bin/env"])
def test_a_kernel_of_this_python_or_of_another_language_is_fine(tmp_path, program):
    assert kernel_findings([kernel(tmp_path, "python3", program)]) == []


def test_the_first_kernel_of_a_name_holds(tmp_path):
    first = kernel(tmp_path / "first", "python3", sys.executable)
    second = kernel(tmp_path / "second", "python3", str(other_python(tmp_path)))
    assert kernel_findings([first, second]) == []
    assert [found.wrong for found in kernel_findings([second, first])] == [True]


@pytest.mark.parametrize(("name", "is_wrong"), [("python3", True), ("old", False)])
def test_a_kernel_whose_python_is_gone_is_found(tmp_path, name, is_wrong):
    (found,) = kernel_findings([kernel(tmp_path, name, "/nowhere/bin/python3")])
    assert (found.wrong, found.advice) == (is_wrong, f"Remove it: jupyter kernelspec remove {name}")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"argv": []}', '{"argv": [3]}', "\0"])
def test_a_kernel_that_cannot_be_read_is_told_and_not_raised(tmp_path, text):
    kernel(tmp_path, "odd", "python")
    (tmp_path / "odd" / "kernel.json").write_text(text)
    (found,) = kernel_findings([tmp_path])
    assert "cannot be read" in found.state


@pytest.fixture
def server(tmp_path):
    """A process that looks like a Jupyter server of another environment."""
    prefix = tmp_path / "served"
    (prefix / "bin").mkdir(parents=True)
    python, script = prefix / "bin" / "python3", prefix / "bin" / "jupyter-lab"
    python.symlink_to(os.path.realpath(sys.executable))
    script.write_text("import sys\nprint('up', flush=True)\nsys.stdin.read()\n")
    with subprocess.Popen(
        [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHOME": sys.base_prefix}
    ) as running:
        assert running.stdout.readline() == b"up\n"
        yield prefix, running.pid
        running.stdin.close()


def test_a_page_without_the_parts_of_widgets_is_found(server, monkeypatch, tmp_path):
    prefix, process = server
    monkeypatch.setenv("JUPYTER_PATH", "")
    monkeypatch.setattr("racto_nb.notebook.checkup.kernels._jupyter_folders", lambda kind: [tmp_path / "none"])
    (found,) = server_findings({"JPY_PARENT_PID": str(process)})
    assert found.wrong
    assert "lacks ipywidgets and anywidget" in found.state
    assert found.advice.startswith(f"There, too: {prefix / 'bin' / 'python'} -m pip install ipywidgets anywidget")

    for part in ("@jupyter-widgets/jupyterlab-manager", "anywidget"):
        (prefix / "share" / "jupyter" / "labextensions" / part).mkdir(parents=True)
    (found,) = server_findings({"JPY_PARENT_PID": str(process)})
    assert not found.wrong


@pytest.mark.parametrize("process", ["", "no number", "1", "this one", "999999999"])
def test_what_is_no_jupyter_server_says_nothing(process):
    assert server_findings({"JPY_PARENT_PID": str(os.getpid()) if process == "this one" else process}) == []


def test_another_copy_on_the_path_is_found_and_the_same_by_another_name_is_not(tmp_path):
    (tmp_path / "site" / "racto_nb").mkdir(parents=True)
    (tmp_path / "site" / "racto_nb" / "__init__.py").touch()
    (tmp_path / "link").symlink_to(OWN.parent)
    (found,) = copy_findings([str(OWN.parent), str(tmp_path / "link"), str(tmp_path / "site"), "/nowhere"], OWN)
    assert found.wrong
    assert found.state == f"{tmp_path / 'site' / 'racto_nb'}; used is {OWN}"


@pytest.mark.parametrize(
    ("text", "environment", "names"),
    [
        ("OPENAI_API_KEY=sk-secret\n# GOOGLE_API_KEY=x\nexport HF_TOKEN='hf_secret'\nother = 3", {}, "OPENAI_API_KEY, HF_TOKEN"),
        ("OPENAI_API_KEY=sk-secret", {"OPENAI_API_KEY": "sk-other"}, None),
        ("nothing", {}, None),
        ("\udcff", {}, None),
    ],
)
def test_keys_in_a_file_that_nobody_read_are_named(tmp_path, text, environment, names):
    (tmp_path / ".env").write_bytes(text.encode("utf-8", "surrogateescape"))
    found = unloaded_findings(tmp_path / ".env", environment)
    assert [one.state.split(" ", 1)[1].partition(", which")[0] for one in found] == ([names] if names else [])
    assert "secret" not in repr(found)


def test_the_former_library_in_the_same_kernel_is_found(shell: InteractiveShell, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert "ractogateway" not in [found.what for found in findings({}, shell=shell)]
    monkeypatch.setitem(sys.modules, "ractogateway", ModuleType("ractogateway"))
    (found,) = [found for found in findings({}, shell=shell) if found.what == "ractogateway"]
    assert found.wrong
