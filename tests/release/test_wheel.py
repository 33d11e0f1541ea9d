"""What is built is what is here, and it works where nothing else is: in an environment of its own, without this checkout."""

import email
import json
import re
import tarfile
import textwrap
import tomllib
import zipfile
from email.message import Message
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from release.building import ROOT, Environment, build, done
from trove_classifiers import classifiers

from racto_nb import __version__

pytestmark = pytest.mark.slow
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build(folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built) -> Path:
    (path,) = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return email.message_from_bytes(archive.read(f"racto_nb-{__version__}.dist-info/METADATA"))


@pytest.fixture(scope="module")
def place(wheel, tmp_path_factory) -> Environment:
    """An environment with the wheel, what it needs, and no extra."""
    made = Environment.made(tmp_path_factory.mktemp("place"))
    made.install(wheel)
    return made


def package_files() -> set[str]:
    found = (path for path in (ROOT / "racto_nb").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_the_wheel_holds_the_package_the_quickstart_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
        views = [name for name in names if name.endswith((".js", ".css"))]
        assert all(archive.read(name) == (ROOT / name).read_bytes() for name in views)
    assert names == package_files() | {"racto_nb/_notebooks/00_quickstart.ipynb"}
    assert "racto_nb/py.typed" in names
    assert len(views) > 20


def test_the_wheel_of_the_source_distribution_is_that_of_the_tree(built, wheel, tmp_path):
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(tmp_path / "source", filter="data")
    (tree,) = (tmp_path / "source").iterdir()

    (again,) = build(tmp_path / "again", "wheel", tree=tree)

    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()  # so two builds of one tree are alike, too
    assert (tree / "tests" / "conftest.py").exists()
    assert {path.name for path in tree.iterdir()} <= {path.name for path in ROOT.iterdir()} | {"PKG-INFO"}


def test_what_an_index_shows_is_right(metadata):
    assert (metadata["Name"], metadata["Version"]) == ("racto-nb", __version__)
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert (metadata["License-Expression"], metadata["License-File"]) == ("Apache-2.0", "LICENSE")
    assert set(metadata.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])
    assert metadata["Description-Content-Type"] == "text/markdown"
    shown = (ROOT / "docs" / "about.md").read_text("utf-8")
    assert metadata.get_payload(decode=True).decode() == shown
    page = MarkdownIt("commonmark").render(shown)
    assert "<h1>" in page
    assert not re.search(r'(?:href|src)="(?!https://)', page)  # there is no tree where it would lead


def test_the_classifiers_exist_and_agree_with_what_is_required(metadata):
    told = metadata.get_all("Classifier")
    assert set(told) <= classifiers
    pythons = [tuple(map(int, found[1].split("."))) for one in told if (found := re.match(r".*:: (3\.\d+)$", one))]
    assert f">={'.'.join(map(str, min(pythons)))}" == metadata["Requires-Python"]


def test_every_public_name_is_there_with_the_core_alone(place):
    told = place.run(
        "python", "-c", "import racto_nb as r, json; print(json.dumps([n for n in r.__all__ if getattr(r, n) is None]))"
    )
    assert json.loads(told) == []
    where = place.run("python", "-c", "import racto_nb; print(racto_nb.__file__)")
    assert Path(where.strip()).is_relative_to(place.folder)


@pytest.mark.parametrize("words", [("racto-nb",), ("python", "-m", "racto_nb")])
def test_the_command_and_the_module_are_one(place, words):
    assert place.run(*words, "--version") == f"racto-nb {__version__}\n"
    healthy = place.run(*words, "doctor")
    assert healthy.rstrip().endswith("Nothing is wrong.")
    assert re.search(rf"^racto-nb +{re.escape(__version__)}$", healthy, re.MULTILINE)


def test_a_scripted_model_answers_in_both_colours(place):
    program = """
    import asyncio
    from racto_nb.models import ChatConfig
    from racto_nb.testing import FakeKit, forbid_network

    question = ChatConfig(user_message="Capital of France?")
    with forbid_network():
        kit = FakeKit(["Paris", "Rome", "Oslo"])
        print(kit.chat(question).content, asyncio.run(kit.achat(question)).content)
        print("".join(chunk.delta.text for chunk in kit.stream(question)))
    """
    assert place.run("python", "-W", "error", "-c", textwrap.dedent(program)) == "Paris Rome\nOslo\n"


def test_a_cell_is_answered_in_ipython(place):
    cells = [
        "%load_ext racto_nb",
        "from racto_nb.testing import FakeKit\nkit = FakeKit(['It sorts.'])",
        "%%racto --model kit --into answer\nWhat does an index do?",
    ]
    profile = place.home / ".ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_config.py").write_text(f"c.InteractiveShellApp.exec_lines = {cells!r}")

    told = place.run("ipython", "--no-banner", "--colors=NoColor", "-c", "print(f'<{answer.text}>')")

    assert told.endswith("<It sorts.>\n")
    assert "Error" not in told


def test_widgets_find_their_views(place):
    program = """
    from racto_nb.notebook.widgets.scripts import script, style
    from racto_nb.testing import FakeKit
    from racto_nb import widgets

    print(len(widgets.Chat(FakeKit(["x"]))._esm) > 10_000, all(script(n) and style(n) for n in
        ("chat", "classifier", "dataset", "explorer", "jobs", "prompt", "sql")))
    """
    assert place.run("python", "-c", textwrap.dedent(program)) == "True True\n"


def test_the_quickstart_comes_with_it(place):
    told = place.run(
        "python", "-c", "from racto_nb.command_line.quickstart import quickstart as q; print(q().read_bytes().hex())"
    )
    assert bytes.fromhex(told.strip()) == (ROOT / "notebooks" / "00_quickstart.ipynb").read_bytes()


def test_what_an_extra_brings_is_named_where_it_is_missing(place):
    program = """
    from racto_nb.exceptions import MissingExtraError
    from racto_nb import openai_developer_kit as gpt

    try:
        gpt.Chat("gpt-6-luna", api_key="any")
    except MissingExtraError as error:
        print(error)
    """
    told = place.run("python", "-c", textwrap.dedent(program))
    assert told == "This feature needs 'openai'. Install it with: pip install 'racto-nb[openai]'\n"


def test_an_installed_copy_leaves_nothing_behind(wheel, tmp_path):
    made = Environment.made(tmp_path)
    made.install("--no-deps", wheel)
    done(made.python, "-c", "import racto_nb", cwd=made.here, environment=made.variables)
    packages = next((made.folder / "venv" / "lib").glob("python*")) / "site-packages"
    assert {path.name for path in packages.glob("racto*")} == {"racto_nb", f"racto_nb-{__version__}.dist-info"}
