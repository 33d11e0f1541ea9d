"""The page for those who come from ractogateway: its names are there, none is missing, and its line for imports works."""

import importlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from api.reference_facts import FACTS

from racto_nb._places_of_names import PLACES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "migration.md"
TEXT = PAGE.read_text(encoding="utf-8")
SPOKEN = " ".join(re.findall(r"`([^`\n]+)`", TEXT))
NOWHERE = {"build_tool_followup_user_message"}
DOCUMENTED = {
    name: section
    for section, names in json.loads(FACTS.read_text(encoding="utf-8")).items()
    for name, fact in names.items()
    if fact["tag"] != "extra"
}


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def found(dotted: str) -> object:
    """The module, or the name in one, that a dotted path leads to."""
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError:
        module, _, name = dotted.rpartition(".")
        return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("dotted", sorted(set(re.findall(r"(?<![\w:])racto_nb(?:\.\w+)+", TEXT))))
def test_each_place_that_the_page_names_can_be_imported(dotted: str):
    found(dotted)


def test_every_documented_name_stands_on_the_page():
    assert set(DOCUMENTED) - words(SPOKEN) == set()


def test_every_public_name_that_the_documents_know_stands_on_the_page():
    known = words(FACTS.read_text(encoding="utf-8"))
    modules = {name for name, place in PLACES.items() if place.endswith(f".{name}")}

    assert (set(PLACES) - modules) & known - words(SPOKEN) == set()


def test_each_row_of_a_table_leads_to_its_names():
    lost = []
    rows = re.findall(r"^\| (`[^|]+) \| ([^|]+) \|", TEXT.split("## Not here")[0], re.MULTILINE)
    places = "racto_nb"
    for names, where in rows:
        places = where if "`racto_nb" in where else places
        modules = [found(place) for place in re.findall(r"`(racto_nb[\w.]*)`", places)]
        lost += [name for name in re.findall(r"`(\w+)`", names) if not any(hasattr(module, name) for module in modules)]

    assert set(lost) - NOWHERE == set()


def test_each_old_name_on_the_page_is_one_of_the_documents():
    known = words(FACTS.read_text(encoding="utf-8"))
    rows = re.findall(r"^\| (`[^|]+) \|", TEXT, re.MULTILINE)

    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} - known == set()


def test_the_line_for_imports_leaves_names_that_only_begin_or_end_so_and_lines_that_begin_with_another_import(tmp_path: Path):
    (line,) = re.findall(r"^```sh\n(.*?)\n^```", TEXT, re.DOTALL | re.MULTILINE)
    kept = "import ractogateway_extra\nfrom ractogateway_extra.rag._models import a\nimport os, ractogateway\nimport my_ractogateway\n"
    (tmp_path / "program.py").write_text(f"{kept}import ractogateway, ractogateway_extra  # ractogateway")

    subprocess.run(line, shell=True, check=True, cwd=tmp_path)

    assert (tmp_path / "program.py").read_text() == f"{kept}import racto_nb, ractogateway_extra  # racto_nb"


def test_the_line_for_imports_renames_every_documented_import(tmp_path: Path):
    (line,) = re.findall(r"^```sh\n(.*?)\n^```", TEXT, re.DOTALL | re.MULTILINE)
    names = {name: section for name, section in DOCUMENTED.items() if name not in NOWHERE}
    imports = [f"from {section} import {name}" for name, section in names.items()]
    imports += [f"    from ractogateway import {name}" for name in names if name in PLACES]
    imports += ["from ractogateway.batch._models import BatchItem", "import ractogateway, ractogateway.mcp"]
    cell = json.dumps(["from ractogateway import RactoPrompt, ToolRegistry\n", "topic = 'ractogateway.audit'\n"], indent=1)
    (tmp_path / "program.py").write_text("if True:\n" + "\n".join(f"    {each.strip()}" for each in imports))
    (tmp_path / "cell.py").write_text(cell)

    subprocess.run(line, shell=True, check=True, cwd=tmp_path)

    exec((tmp_path / "program.py").read_text(encoding="utf-8"), {})
    assert (tmp_path / "cell.py").read_text(encoding="utf-8") == cell.replace("from ractogateway", "from racto_nb")
    assert "ractogateway" in (tmp_path / "program.py.bak").read_text(encoding="utf-8")
