"""Imports point down, and nothing hides a way up."""

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from architecture.sources import ROOT, imports, module_name, python_files, tree_of

PROVIDERS = ("openai", "anthropic", "google", "ollama", "huggingface", "embedded")
# The rooms of the providers, and the embedders, formats and tuners that are named after them.
ROOMS = (
    "racto_nb.providers",
    "racto_nb.adapters",
    "racto_nb.rag.embedders",
    "racto_nb.finetune.checking",
    "racto_nb.finetune.formats",
    "racto_nb.finetune.tuning",
)
# Here a text is embedded: the word is no provider's name.
RETRIEVAL = ("racto_nb.rag", "racto_nb.notebook.display.ingestion", "racto_nb.notebook.display.passages")
# Where a provider may be named: its own folder and face, the table of providers, and what speaks of all of them by contract.
MAY_NAME_PROVIDERS = {
    "racto_nb.prompts.messages": "the documents fix a message shape for each provider",
    "racto_nb.prompts.engine": "its docstring lists them",
    "racto_nb.notebook.magics.racto": "the default model, a setting",
    "racto_nb.finetune.privacy.secret": "the shape of each provider's keys, to find them",
    "racto_nb.notebook.checkup": "names the extras that install a library",
    "racto_nb.command_line": "its help describes the embedded models",
    "racto_nb.notebook.magics.pipeline_tables": "the default provider whose rules a dataset is asked by",
    "racto_nb.finetune.checking.checkable": "the default format of a check, and the names of all",
    "racto_nb.finetune.checking.targets": "the table of formats",
    "racto_nb.finetune.checking.limits": "the table of what they document",
    "racto_nb.finetune.pricing": "an error names one as an example",
    "racto_nb.finetune.measuring": "the default provider of a price",
    "racto_nb.finetune.training_prices": "the table of what they ask for training",
}
HEAVY = (
    "numpy", "pandas", "polars", "plotly", "duckdb", "ipywidgets", "anywidget", "openai", "anthropic", "google.genai", "ollama",
    "huggingface_hub", "xllamacpp", "onnxruntime", "tokenizers", "tqdm", "httpx", "httpx2",
)  # fmt: skip


def test_import_linter_keeps_its_contracts():
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_no_import_cycle_even_inside_functions():
    known = {module_name(path): path for path in python_files("racto_nb")}
    graph = {name: {target for target in imports(path) if target != name} for name, path in known.items()}
    # The root is lazy: what it imports inside its functions it imports for the user, and nothing inside imports the root.
    graph["racto_nb"] = set()

    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a cycle: {' -> '.join(error.args[1])}")


def test_nothing_inside_imports_the_root():
    guilty = [
        module_name(path) for path in python_files("racto_nb") if "racto_nb" in set(imports(path)) and path.parent.name != "tests"
    ]

    assert guilty == []


def test_providers_are_named_in_their_own_rooms_only():
    found = set()
    for path in python_files("racto_nb"):
        name = module_name(path)
        if name.startswith(ROOMS) or name.endswith("_developer_kit") or name in {"racto_nb", "racto_nb._places_of_names"}:
            continue
        words = _strings(path) - ({"embedded"} if name.startswith(RETRIEVAL) else set())
        if any(provider in words for provider in PROVIDERS):
            found.add(name)

    assert found <= set(MAY_NAME_PROVIDERS), "abilities decide, never a provider's name"


def _strings(path):
    return {
        word
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < 60
        for word in node.value.replace(":", " ").replace("_", " ").split()
    }


@pytest.mark.parametrize(
    "program",
    [
        "import racto_nb",
        "import racto_nb; dir(racto_nb)",
        "from IPython.core.interactiveshell import InteractiveShell as S; S.instance().run_line_magic('load_ext', 'racto_nb')",
    ],
)
def test_importing_and_loading_bring_nothing_heavy(program):
    check = f"import sys\n{program}\nprint([name for name in {HEAVY!r} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"
