"""What the extras of databases, labels, training data, fleets and notebooks are for."""

import sys

import polars as pl
from release.faces.of_stores import refused

from racto_nb.models import ChatConfig
from racto_nb.testing import FakeKit

ROWS = pl.DataFrame({"city": ["Oslo", "Rome"], "price": [12.5, 9.0]})
NOBODY = "127.0.0.1:1"


def _asked(address):
    from racto_nb.pipelines.sql_analyst.limits import RunLimits
    from racto_nb.pipelines.sql_analyst.sources.opening import opened_source

    source = opened_source(connection_string=address)
    refused(lambda: source.run("SELECT 1", RunLimits(deadline=5)))
    source.close()


def sql_postgres():
    _asked(f"postgresql://ann:secret@{NOBODY}/shop")


def sql_mysql():
    _asked(f"mysql://ann:secret@{NOBODY}/shop")


def sql_excel():
    from racto_nb.pipelines.sql_analyst.exporting import write_excel

    write_excel(ROWS, "cities.xlsx", sheet_name="cities")


def classify():
    import random

    from racto_nb.pipelines.list_classifier import Calibrator

    rng = random.Random(0)
    sure = [rng.random() for _ in range(300)]
    right = [rng.random() < 0.5 + one / 2.5 for one in sure]
    assert Calibrator.fit(sure, right, method="isotonic").rows == 300


def finetune():
    from racto_nb import RactoDataset

    dataset = RactoDataset.from_pairs([("Capital of France?", "Paris"), ("Capital of Italy?", "Rome")])
    assert dataset.to_hf().num_rows == 2
    assert dataset.to_arrow().num_rows == 2


def redis():
    """An outage fails no conversation, and is told."""
    import warnings

    from racto_nb import RedisChatMemory
    from racto_nb.exceptions import ServiceWarning

    with warnings.catch_warnings(record=True) as told, RedisChatMemory(url=f"redis://:secret@{NOBODY}/0") as memory:
        warnings.simplefilter("always")
        memory.append("ann", "user", "Hello")
        assert len(memory.get_history("ann")) == 1
    assert {one.category for one in told} == {ServiceWarning}
    assert "secret" not in str(told[0].message)


def celery():
    """A worker in this process, with a broker in memory."""
    from celery import Celery
    from celery.contrib.testing.worker import start_worker

    from racto_nb.celery import RactoCeleryWorker

    app = Celery("tasks", broker="memory://", backend="cache+memory://")
    worker = RactoCeleryWorker(app, kit=FakeKit(["Paris"], repeat_last=True))
    with start_worker(app, perform_ping_check=False, pool="solo"):
        handle = worker.generate("Capital of France?")
        assert worker.wait(handle.id, timeout_s=60).result["content"] == "Paris"


def kafka():
    from racto_nb.kafka import KafkaProducerClient, KafkaProducerConfig
    from racto_nb.kafka.library import producer_of

    config = KafkaProducerConfig(bootstrap_servers=NOBODY)
    KafkaProducerClient(config=config)
    refused(lambda: producer_of(config, within_s=1))


def answering():
    return FakeKit(["Paris"], repeat_last=True)


def dask():
    from distributed import Client

    from racto_nb.dask import RactoDaskCluster

    with Client(processes=False, n_workers=1, threads_per_worker=1, dashboard_address=None) as client:
        fleet = RactoDaskCluster(client, make_kit=answering)
        answered = fleet.map_frame(ROWS, "Translate to French: {city}", timeout_s=60)
        assert answered["answer"].to_list() == ["Paris", "Paris"]


def lab():
    """A notebook runs in a kernel of this environment and becomes a page, and JupyterLab says its version."""
    import subprocess

    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    cells = [
        "%load_ext racto_nb\nfrom racto_nb.testing import FakeKit\nkit = FakeKit(['Paris'])",
        "%%racto --model kit\nCapital?",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    assert "Paris" in HTMLExporter().from_notebook_node(notebook)[0]
    subprocess.run([sys.executable, "-m", "jupyterlab", "--version"], check=True, capture_output=True, timeout=120)


def core():
    assert FakeKit(["Paris"]).chat(ChatConfig(user_message="Capital?")).content == "Paris"


def docs():
    """A page with a table, and with a class as its docstring has it, becomes HTML in the theme of the site."""
    import subprocess
    from pathlib import Path

    place = Path("small")
    place.mkdir()
    lines = ['project = "small"', 'extensions = ["myst_parser", "sphinx.ext.autodoc"]', 'html_theme = "furo"']
    (place / "conf.py").write_text("\n".join(lines))
    (place / "index.md").write_text(
        "# Hello\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```{eval-rst}\n.. autoclass:: racto_nb.RactoPrompt\n```\n"
    )
    words = [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", place, place / "made"]
    subprocess.run(words, check=True, timeout=120)
    page = (place / "made" / "index.html").read_text("utf-8")
    assert "furo" in page
    assert "<td>" in page
