"""The shared material is what RACTO_SHARED names, or what is known as such: no folder that happens to be called `shared`."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import shared_material
from test_benchmarks import BENCHMARKS


@pytest.fixture(params=["tests", "benchmarks"])
def shared_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """The function that finds it, for a project in a folder of its own and without the variable."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    of_benchmarks = importlib.import_module("contenders.shared")
    module, name = {"tests": (shared_material, "shared_path"), "benchmarks": (of_benchmarks, "shared_folder")}[request.param]
    monkeypatch.setattr(module, "PROJECT", tmp_path / "project")
    monkeypatch.delenv("RACTO_SHARED", raising=False)
    return getattr(module, name)


def test_a_folder_beside_the_project_counts_only_where_it_holds_the_material(shared_path, tmp_path: Path):
    assert shared_path() is None
    (tmp_path / "shared" / "spec").mkdir(parents=True)
    assert shared_path() is None
    (tmp_path / "shared" / "spec" / "reference_api.md").touch()
    assert shared_path() == tmp_path / "shared"


def test_the_folder_that_the_variable_names_counts_whatever_it_holds(
    shared_path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("RACTO_SHARED", str(tmp_path))
    assert shared_path() == tmp_path


def test_a_variable_that_names_no_folder_is_an_error(shared_path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_SHARED", str(tmp_path / "gone"))
    with pytest.raises(NotADirectoryError, match="is no folder"):
        shared_path()
