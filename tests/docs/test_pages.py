"""The documentation is run: what a page shows works. Its `python` blocks run in their order, and so do its `ipython` ones, in a shell;
the two kinds know nothing of each other.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = ROOT / "CHANGELOG.md"
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\]\((?P<path>[^)#: ]*)(?:#(?P<anchor>[^)]*))?\)")


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


def anchors(page: Path) -> set[str]:
    """What a code host makes of the headings of a page: small letters, strokes for spaces, a number where one comes again."""
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    for title in re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE):
        shown = re.sub(r"\]\([^)]*\)", "]", title)
        slug = re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")
        found[slug] = found.get(slug, -1) + 1
    return {f"{slug}-{number}" if number else slug for slug, most in found.items() for number in range(most + 1)}


@pytest.mark.parametrize("page", [*PAGES, CHANGELOG], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_and_anchors_lead_somewhere(page):
    lost = []
    for match in _LINK.finditer(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        target = page.parent / match["path"] if match["path"] else page
        is_page = target.suffix == ".md" and target.exists()
        if not target.exists() or (is_page and match["anchor"] and match["anchor"] not in anchors(target)):
            lost.append(match[0])

    assert lost == []


def test_the_changelog_leads_to_pages_of_the_site_only():
    led = {match["path"] for match in _LINK.finditer(CHANGELOG.read_text(encoding="utf-8"))}

    assert {path for path in led if not path.startswith("docs/") or not path.endswith(".md") or path == "docs/README.md"} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_blocks_say_what_they_are(page):
    bare = re.findall(r"^```(\w*)$", page.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(bare[::2]) <= {"python", "ipython", "text", "sh", "toml", "json"}


def test_the_readme_is_read_in_one_go():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) <= 120
    assert [line for line in lines if len(line) > 140 and not line.startswith("|")] == []


def test_every_guide_is_reachable_from_the_index():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")

    assert [page.name for page in PAGES if page.parent.name == "guides" and f"guides/{page.name})" not in index] == []


def test_the_guide_on_prompts_prints_the_advice_it_promises(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__docs__"}

    for code in blocks(ROOT / "docs" / "guides" / "prompts.md", "python"):
        exec(compile(code, "prompts.md", "exec"), namespace)

    shown = capsys.readouterr().out
    assert "Did you mean 'constraints'" in shown
    assert "ollama cannot carry the file ('lease.pdf', application/pdf)" in shown
