"""What is installed is what is here."""

import subprocess
import sys
import zipfile

import pytest
from architecture.sources import ROOT


@pytest.mark.slow
def test_the_wheel_carries_the_types_and_the_quickstart(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()
    assert "racto_nb/py.typed" in names
    assert "racto_nb/_notebooks/00_quickstart.ipynb" in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "docs"))]
