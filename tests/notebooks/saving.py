"""Run the example notebooks and save what they show: `python tests/notebooks/saving.py [NAME …]`, or `make notebooks`.

They run as their tests run them (no network, finished displays), each in a kernel of its own. What would differ from machine to
machine is left out: when a cell ran, and on which Python.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
NO_NETWORK = """
from racto_nb.testing import forbid_network

_forbidden = forbid_network()
_forbidden.__enter__()
"""


def places(folder: Path) -> dict[str, str]:
    """The variables of a process whose kernels are as they are installed, show finished displays and reach this machine only."""
    startup = folder / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "00_no_network.py").write_text(NO_NETWORK)
    return {
        "IPYTHONDIR": str(folder),
        "JUPYTER_RUNTIME_DIR": str(folder),
        "RACTO_DISPLAY": "static",
        "PYTHONWARNINGS": "error::UserWarning",
    }


def save(path: Path) -> float:
    """Run one notebook and write it where it stands; returns the seconds. CellExecutionError where a cell fails, and nothing is written."""
    began = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=300,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # not a word about the transport to our own kernel
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    notebook.metadata = nbformat.from_dict(METADATA)
    written = nbformat.writes(notebook) + "\n"
    partial = path.with_suffix(".partial")
    partial.write_text(written, encoding="utf-8")
    partial.replace(path)
    return time.perf_counter() - began


def main(names: list[str]) -> None:
    """Save the notebooks whose names begin so, or all."""
    chosen = [path for path in sorted(FOLDER.glob("*.ipynb")) if not names or path.name.startswith(tuple(names))]
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(places(Path(folder)))
        for path in chosen:
            sys.stdout.write(f"{path.name}  {save(path):.1f} s  {path.stat().st_size / 1000:.0f} kB\n")


if __name__ == "__main__":
    main(sys.argv[1:])
