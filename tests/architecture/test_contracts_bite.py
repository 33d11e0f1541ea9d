"""Each contract about imports breaks when it is broken, and covers every module it is meant for."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from architecture.sources import PACKAGE, ROOT, imports, module_name, python_files

CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
NOTEBOOK, SDKS = "Only the notebook row knows IPython", "Only providers know SDKs and heavy libraries"
MAY_KNOW_JUPYTER = {"racto_nb.__main__", "racto_nb.notebook", "racto_nb.command_line", "racto_nb.widgets"}
PLACES = ("_extras", "_lazy", "_models/chat", "adapters/base", "embedded_developer_kit", "exceptions", "flow/portal", "kits/kit",
          "models/usage", "prompts/fields", "testing/network")  # fmt: skip
LIBRARIES = ("openai", "anthropic", "google", "ollama", "huggingface_hub", "xllamacpp", "onnxruntime", "tokenizers", "numpy",
             "httpx", "httpx2")  # fmt: skip


def contract(name: str) -> dict[str, object]:
    return next(one for one in CONTRACTS if one["name"] == name)


@pytest.mark.parametrize(
    ("name", "missing"), [(NOTEBOOK, set()), (SDKS, {"racto_nb.pipelines", "racto_nb.providers", "racto_nb.rag"})]
)
def test_the_contracts_about_libraries_cover_every_module_below_the_notebook(name, missing):
    top = {
        f"racto_nb.{path.stem}" for path in PACKAGE.iterdir()
        if (path.suffix == ".py" and path.stem != "__init__") or (path / "__init__.py").exists()
    }  # fmt: skip

    assert set(contract(name)["source_modules"]) == top - MAY_KNOW_JUPYTER - missing


def test_no_provider_imports_another():
    # Folders that all providers may use; the contract's layers keep these from asking back.
    folders = {path.parent.name for path in (PACKAGE / "providers").glob("*/__init__.py")} - {"catalog", "chat_completions"}
    guilty = [
        (module_name(path), target)
        for folder in folders
        for path in python_files(f"racto_nb/providers/{folder}")
        for target in imports(path)
        if target.split(".")[:2] == ["racto_nb", "providers"] and target.split(".")[2] in folders - {folder}
    ]

    assert guilty == []


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the package in which every contract is broken."""
    root = tmp_path_factory.mktemp("mutated")
    shutil.copytree(PACKAGE, root / "racto_nb", ignore=shutil.ignore_patterns("__pycache__"))
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # A second provider that was given its place, and that the first one imports.
    (root / "pyproject.toml").write_text(settings.replace('["embedded | ', '["embedded | other | '))
    (root / "racto_nb/providers/other").mkdir()
    for new in ("providers/other/__init__.py", "providers/unplaced.py", "unplaced.py"):
        (root / "racto_nb" / new).write_text("")
    _add(root, "providers/embedded/wire", "import racto_nb.providers.other")
    _add(root, "celery/asking", "import celery")
    _add(root, "prompts/fields", "import racto_nb.kits.kit")
    for place in PLACES:
        _add(root, place, "import IPython", *(f"import {library}" for library in LIBRARIES))
    _add(root, "flow/effects", "import pydantic")
    _add(root, "kits/tracing", "import opentelemetry")
    _add(root, "rag/filters", "import racto_nb.rag.stores.in_memory", "import openai")
    _add(root, "pipelines/asking", "import racto_nb.pipelines.list_classifier")
    _add(root, "pipelines/list_classifier/enums", "import racto_nb.pipelines.list_classifier.frames")
    _add(root, "pipelines/sql_analyst/limits", "import racto_nb.pipelines.sql_analyst.pipeline")
    _add(root, "pipelines/sql_analyst/sources/child_wire", "import racto_nb.pipelines.sql_analyst.sources.duckdb_child")
    _add(root, "pipelines/sql_analyst/guarding/places", "import racto_nb.pipelines.sql_analyst.guarding.guard")
    _add(root, "pipelines/sql_analyst/schema/quoting", "import racto_nb.pipelines.sql_analyst.schema.naming")
    _add(root, "rag/stores/qdrant_words", "import racto_nb.rag.stores.chroma_words")
    _add(root, "kafka/settings", "import kafka", "import racto_nb.kafka.auditing")
    _add(root, "notebook/controllers/reading", "import racto_nb.notebook.controllers.chat", "import ipywidgets")
    _add(root, "mcp/configs", "import mcp", "import racto_nb.mcp.agent")
    _add(root, "notebook/widgets/placing", "import racto_nb.notebook.widgets.chat")
    _add(root, "redis/places", "import redis", "import racto_nb.redis.connecting")
    _add(root, "celery/results", "import celery")
    return _linted(root)


def _add(root: Path, place: str, *lines: str) -> None:
    with (root / "racto_nb" / f"{place}.py").open("a", encoding="utf-8") as file:
        file.write("\n" + "\n".join(lines) + "\n")


def _linted(root: Path) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root, env=os.environ | {"COLUMNS": "300"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", [one["name"] for one in CONTRACTS])
def test_every_contract_breaks(name, broken):
    assert f"{name} BROKEN" in broken


@pytest.mark.parametrize(
    "finding",
    [
        "racto_nb.prompts.fields -> racto_nb.kits.kit ",
        "racto_nb.providers.embedded.wire -> racto_nb.providers.other ",
        "- racto_nb.unplaced\n",
        "- racto_nb.providers.unplaced\n",
        "racto_nb.flow.effects -> pydantic ",
        "racto_nb.rag.filters -> racto_nb.rag.stores.in_memory ",
        "racto_nb.rag.filters -> openai ",
        "racto_nb.notebook.controllers.reading -> ipywidgets ",
        "racto_nb.rag.stores.qdrant_words -> racto_nb.rag.stores.chroma_words ",
    ],
)
def test_a_way_up_or_aside_and_a_module_without_a_place_are_named(finding, broken):
    assert finding in broken


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("library", ["IPython", *LIBRARIES])
def test_a_library_is_caught_wherever_it_is_imported(place, library, broken):
    assert f"racto_nb.{place.replace('/', '.')} -> {library} " in broken
