"""The documentation is run: what a page shows works, in the order it shows it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^)#:]+)(?:#[^)]*)?\)")


def blocks(page: Path, kind: str) -> list[str]:
    return [match["code"] for match in _BLOCK.finditer(page.read_text(encoding="utf-8")) if match["kind"] == kind]


def pages_with(kind: str) -> list[object]:
    return [
        pytest.param(page, id=page.relative_to(ROOT).as_posix(), marks=[pytest.mark.model] if _needs_a_model(page, kind) else [])
        for page in PAGES
        if blocks(page, kind)
    ]


def _needs_a_model(page: Path, kind: str) -> bool:
    return any("embedded" in code or "%%racto" in code for code in blocks(page, kind))


@pytest.mark.parametrize("page", pages_with("python"))
def test_every_python_block_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__docs__"}

    for number, code in enumerate(blocks(page, "python"), 1):
        exec(compile(code, f"{page.name}, block {number}", "exec"), namespace)


@pytest.mark.parametrize("page", pages_with("ipython"))
def test_every_cell_of_a_page_runs(page, tmp_path, monkeypatch, shell):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RACTO_DISPLAY", "static")

    for code in blocks(page, "ipython"):
        result = shell.run_cell(code)
        result.raise_error()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_between_pages_lead_somewhere(page):
    targets = [match["target"] for match in _LINK.finditer(page.read_text(encoding="utf-8"))]

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_say_what_they_are(page):
    bare = re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(bare[::2]) <= {"python", "ipython", "text", "sh", "toml", "json"}


def test_the_glossary_and_the_guides_are_reachable_from_the_first_page():
    first = (ROOT / "README.md").read_text(encoding="utf-8") + (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in PAGES if page.parent.name == "guides" and page.name not in first] == []


def test_the_guide_on_prompts_prints_the_advice_it_promises(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__docs__"}

    for code in blocks(ROOT / "docs" / "guides" / "prompts.md", "python"):
        exec(compile(code, "prompts.md", "exec"), namespace)

    shown = capsys.readouterr().out
    assert "Did you mean 'constraints'" in shown
    assert "ollama cannot carry the file ('lease.pdf', application/pdf)" in shown
