"""The site is made without a warning and without a network, and each of its links leads somewhere."""

import importlib
import os
import pkgutil
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest
from selectolax.lexbor import LexborHTMLParser

import racto_nb

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
NO_PAGES = {"README.md", "about.md", "ISSUE_TEMPLATE.md", "PULL_REQUEST_TEMPLATE.md"}
"""The index of a code host, which the site shows as its first page, what an index of packages shows, and forms that the host fills in."""
BUILD = """\
import sys
from racto_nb.testing import forbid_network
from sphinx.cmd.build import main
with forbid_network():
    sys.exit(main(sys.argv[1:]))
"""
STRICT = ["--quiet", "--nitpicky", "--fail-on-warning", "--keep-going", "--builder", "html"]
QUIET = {**os.environ, "RACTO_LEDGER": "off"}
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}
LINK_LOADS = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "shortcut icon"}


class Site:
    """The pages of a site that was made, by their paths."""

    def __init__(self, folder: Path, told: str) -> None:
        self.folder = folder
        self.told = told
        self.trees = {
            path.relative_to(folder).as_posix(): LexborHTMLParser(path.read_text(encoding="utf-8"))
            for path in folder.rglob("*.html")
        }
        self.ids = {page: {node.attributes["id"] for node in tree.css("[id]")} for page, tree in self.trees.items()}


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-c", BUILD, *STRICT, str(DOCS), str(folder)]
    made = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, env=QUIET)
    return Site(folder, f"exit code {made.returncode}\n{made.stdout}{made.stderr}")


def test_it_is_made_without_a_warning_and_without_a_network(site):
    assert site.told == "exit code 0\n"


@pytest.mark.parametrize(("text", "lost"), [
    ("{py:class}`racto_nb.Nope` and {py:meth}`nowhere.FakeKit`", ["racto_nb.Nope", "nowhere.FakeKit"]),
    ("```{py:class} Kit(rows: numpy.ndarray, of: Inner)\n```\n\n{py:class}`Kit`", []),
    ("```{eval-rst}\n.. autoclass:: racto_nb.models.FinishReason\n   :show-inheritance:\n```", []),
])  # fmt: skip
def test_a_reference_by_hand_that_leads_nowhere_fails_and_a_foreign_type_of_the_code_does_not(tmp_path, text, lost):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "start.md").write_text(f"# A page\n\n{text}\n", encoding="utf-8")
    words = [*STRICT, "-c", str(DOCS), "--define", "root_doc=start", str(tmp_path / "pages"), str(tmp_path / "site")]
    made = subprocess.run([sys.executable, "-c", BUILD, *words], cwd=ROOT, capture_output=True, text=True, check=False, env=QUIET)

    assert (made.returncode != 0, re.findall(r"reference target not found: (\S+)", made.stderr)) == (bool(lost), lost), (
        made.stderr
    )


def test_every_page_stands_in_the_contents_at_its_side(site):
    pages = {path.relative_to(DOCS).with_suffix(".html").as_posix() for path in DOCS.rglob("*.md") if path.name not in NO_PAGES}
    listed = {unquote(link.attributes["href"]) for link in site.trees["index.html"].css(".sidebar-tree a[href]")}

    assert pages - set(site.trees) == set()
    assert pages - listed - {"index.html"} == set()


def test_every_link_and_every_anchor_leads_somewhere(site):
    lost, followed = [], 0
    for page, tree in site.trees.items():
        for link in tree.css("a[href]"):
            followed += 1
            path, anchor = urldefrag(link.attributes["href"] or "")
            if re.match(r"[a-z]+:", path):
                continue
            target = (site.folder / page).parent / unquote(path) if path else site.folder / page
            name = Path(os.path.normpath(target)).relative_to(site.folder).as_posix()
            if not target.exists() or (anchor and name in site.ids and unquote(anchor) not in site.ids[name]):
                lost.append(f"{page}: {link.attributes['href']}")

    assert sorted(set(lost)) == []
    assert followed > 10_000


def test_no_page_loads_anything_from_another_host(site):
    loaded = [
        f"{page}: {node.attributes.get(attribute)}"
        for page, tree in site.trees.items()
        for tag, attribute in LOADED.items()
        for node in tree.css(tag)
        if _is_elsewhere(node.attributes.get(attribute))
    ]
    linked = [
        f"{page}: {node.attributes.get('href')}"
        for page, tree in site.trees.items()
        for node in tree.css("link[rel]")
        if node.attributes.get("rel") in LINK_LOADS and _is_elsewhere(node.attributes.get("href"))
    ]
    styled = [
        f"{path.name}: {address}"
        for path in site.folder.rglob("*.css")
        for address in re.findall(r"(?:url\(|@import )['\"]?([^'\")]+)", path.read_text(encoding="utf-8"))
        if _is_elsewhere(address)
    ]

    assert [*loaded, *linked, *styled] == []


def _is_elsewhere(address: str | None) -> bool:
    return re.match(r"(?:https?:)?//", address or "") is not None


def public_packages() -> list[str]:
    """What users may import from: modules with an `__all__` beside the root, and those of retrieval."""
    names = [f"racto_nb.{module.name}" for module in pkgutil.iter_modules(racto_nb.__path__) if not module.name.startswith("_")]
    names += [f"racto_nb.rag.{part}" for part in ("chunkers", "embedders", "evaluation", "processors", "readers", "stores")]
    return ["racto_nb", *(name for name in names if getattr(importlib.import_module(name), "__all__", None))]


def public_names() -> list[tuple[str, str]]:
    named = [(package, name) for package in public_packages() for name in importlib.import_module(package).__all__]
    errors = [name for name, kind in vars(racto_nb.exceptions).items() if isinstance(kind, type) and issubclass(kind, Exception)]
    return [*named, *(("racto_nb.exceptions", name) for name in errors if not name.startswith("_"))]


def test_every_public_name_has_an_entry_or_leads_to_one(site):
    lost = []
    for package, name in public_names():
        page = f"reference/api/{package}.html"
        rows = site.trees[page].css("table.options tr") if page in site.trees else []
        pointers = {row.css_first("td").text(): row for row in rows if row.css_first("td")}
        is_entry = f"{package}.{name}" in site.ids.get(page, set())
        if not name.startswith("__") and not is_entry and not (name in pointers and pointers[name].css("a[href]")):
            lost.append(f"{package}.{name}")

    assert lost == []


def test_every_option_of_the_magics_and_every_command_has_a_row(site):
    tables = [
        value
        for folder in ("magics", "opening")
        for path in (Path(importlib.import_module("racto_nb.notebook").__file__).parent / folder).glob("*.py")
        for name, value in vars(importlib.import_module(f"racto_nb.notebook.{folder}.{path.stem}")).items()
        if name.endswith("TABLE") and path.stem != "__init__"
    ]
    commands = importlib.import_module("racto_nb.command_line")._parser().format_help()
    shown = site.trees["reference/api/magics.html"].body.text()
    headings = site.trees["reference/api/command.html"].body.text()

    assert len(tables) > 9
    assert [flag for table in tables for flags, _ in table for flag in flags if flag not in shown] == []
    assert [name for name in re.findall(r"^    (\w+) ", commands, re.MULTILINE) if f"racto-nb {name}" not in headings] == []
