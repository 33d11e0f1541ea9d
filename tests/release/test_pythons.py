"""What `make pythons` tells where there is nothing to try."""

from pathlib import Path

import pytest
from release import try_pythons


@pytest.mark.parametrize("is_broken", [False, True])
def test_without_an_interpreter_it_says_so_and_fails(is_broken, tmp_path: Path, monkeypatch, capsys):
    if is_broken:
        (tmp_path / "python3.11").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "python3.11").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert try_pythons.main([]) == 1
    told = "Nothing was tried: none of python3.11, python3.12, python3.13, python3.14 is on PATH and runs. Name one:"
    assert capsys.readouterr().out.startswith(told)
