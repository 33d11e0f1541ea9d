"""`racto-nb demo`: run the quickstart on the embedded model and say where the results are."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from racto_nb._extras import requires
from racto_nb.command_line.quickstart import NAME, alone, quickstart
from racto_nb.exceptions import RactoGatewayError
from racto_nb.providers.embedded.listing import size_in_words
from racto_nb.providers.embedded.registry import Registry
from racto_nb.providers.embedded.reporting import StderrReporter

LONGEST_CELL = 600
"""Seconds. On a slow or busy machine one answer may take minutes."""


def run_demo(folder: Path) -> int:
    """Execute the quickstart into `folder`, write it as HTML too, and print each question's answer. Returns the exit code."""
    began = time.perf_counter()
    folder.mkdir(parents=True, exist_ok=True)  # first: a folder that cannot be written to is told before the long part
    model = Registry.standard().ensure_default_chat(reporter=StderrReporter(sys.stdout))
    _say(f"Model: {model.card.name}, {size_in_words(model.card.size)}, {model.card.licence} ({model.path})")
    _say(f"Running {NAME} …")
    executed, page = folder / NAME, folder / Path(NAME).with_suffix(".html")
    notebook = _executed(quickstart(), folder)
    _write(executed, _as_text(notebook))
    _write(page, _as_html(notebook))
    for question, answer in _answers(notebook):
        _say(f"\n>>> {question}\n{answer}")
    _say(f"\nDone in {time.perf_counter() - began:.0f} s.")
    _say(f"Executed notebook: {executed.resolve()}\nAs a web page:     {page.resolve()}")
    _say("Open it in JupyterLab: make lab (in a checkout), or racto-nb lab")
    return 0


def _executed(source: Path, folder: Path) -> Any:
    with requires("lab"):
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    reader: Any = nbformat
    notebook: Any = reader.reads(alone(source.read_text(encoding="utf-8")), as_version=4)
    client: Any = NotebookClient(
        notebook,
        timeout=LONGEST_CELL,
        kernel_name="python3",
        store_widget_state=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=ERROR"],  # not a word about the transport between us and our own kernel
    )
    before = os.environ.get("RACTO_DISPLAY")
    os.environ["RACTO_DISPLAY"] = "static"  # inherited by the kernel: finished outputs only, as they are saved
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        broken = folder / Path(NAME).with_suffix(".failed.ipynb")
        _write(broken, _as_text(notebook))
        why = f"{error.ename}: {error.evalue}" if isinstance(error, CellExecutionError) else f"{type(error).__name__}: {error}"
        message = f"A cell of the quickstart failed: {why}. The notebook up to there is {str(broken)!r}."
        raise RactoGatewayError(message) from error
    finally:
        os.environ.pop("RACTO_DISPLAY")
        if before is not None:
            os.environ["RACTO_DISPLAY"] = before
    return notebook


def _as_text(notebook: Any) -> str:
    import nbformat

    writer: Any = nbformat
    return writer.writes(notebook)


def _as_html(notebook: Any) -> str:
    with requires("lab"):
        from nbconvert import HTMLExporter
    exporter: Any = HTMLExporter()
    body: str = exporter.from_notebook_node(notebook)[0]
    return body


def _write(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def _answers(notebook: Any) -> list[tuple[str, str]]:
    """The body of each `%%racto` cell that asked a model, with the text of its first output."""
    found: list[tuple[str, str]] = []
    for cell in notebook.cells:
        line = cell.source.partition("\n")[0]
        if cell.cell_type != "code" or not line.startswith("%%racto") or "--dry-run" in line:
            continue
        texts = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "display_data"]
        found.append((cell.source.partition("\n")[2].strip(), texts[0] if texts else "(no output)"))
    return found


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
