"""What the doctor looks at, the mistakes it knows, and what it never shows."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.notebook.checkup import Finding, findings, report
from racto_nb.notebook.checkup.keys import key_findings, key_groups, suspicion
from racto_nb.notebook.checkup.settings import SETTINGS, WAYS
from racto_nb.notebook.checkup.surroundings import surroundings_findings
from racto_nb.notebook.magics.racto import MODES
from racto_nb.testing import FakeKit

GOOD = "sk-proj-8fJ2kLm9QpRsTuVwXyZ0123456789"
KEYS = [name for group in key_groups() for name in group]
SENTENCES = {
    "it is only spaces",
    "in quotes",
    "with a space or a line break before or behind it",
    "with a space or a line break in it",
    "it begins with 'Bearer', which does not belong to a key",
    "it begins with the name of the variable",
    "it is a placeholder",
    "too short for a key",
    "with a sign that no key has, such as a typographic quote",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def by_name(environment: dict[str, str] | None = None, *, shell: object = None) -> dict[str, Finding]:
    return {found.what: found for found in findings({} if environment is None else environment, shell=shell)}


def wrong(found: list[Finding]) -> list[str]:
    return [item.what for item in found if item.wrong]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_set_or_not_and_its_value_is_never_shown(key: str):
    found = findings({key: GOOD.replace("sk-", "x")})
    assert "8fJ2kLm9" not in repr(found)
    states = {item.what: item.state for item in found if item.what in KEYS}
    assert states == {name: "set" if name == key else "not set" for name in KEYS}


def test_an_empty_key_is_not_set():
    assert by_name({"OPENAI_API_KEY": ""})["OPENAI_API_KEY"].state == "not set"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (f'"{GOOD}"', "in quotes"),
        (f"'{GOOD}", "in quotes"),
        (f"\u201c{GOOD}\u201d", "in quotes"),
        (f"{GOOD}\n", "with a space or a line break before or behind it"),
        (f" {GOOD}", "with a space or a line break before or behind it"),
        (f"{GOOD} {GOOD}", "with a space or a line break in it"),
        ("   ", "it is only spaces"),
        (f"Bearer {GOOD}", "it begins with 'Bearer'"),
        (f"OPENAI_API_KEY={GOOD}", "it begins with the name of the variable"),
        ("sk-...", "it is a placeholder"),
        ("sk-your-key-goes-here-please", "it is a placeholder"),
        ("<paste your key here>".replace(" ", "-"), "it is a placeholder"),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxx", "it is a placeholder"),
        ("sk-abc", "too short"),
        (GOOD + "é", "with a sign that no key has"),
        ("sk-ant-" + GOOD, "it looks like what belongs into ANTHROPIC_API_KEY"),
        ("AIza" + GOOD, "it looks like what belongs into GOOGLE_API_KEY"),
    ],
)
def test_a_key_that_cannot_be_right_is_found(value: str, says: str):
    (found,) = [item for item in key_findings({"OPENAI_API_KEY": value}) if item.wrong]
    assert found.what == "OPENAI_API_KEY"
    assert found.state.startswith(f"set, but {says}")
    assert "8fJ2kLm9" not in repr(found)
    assert found.advice


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OPENAI_API_KEY", GOOD),
        ("ANTHROPIC_API_KEY", "sk-ant-" + GOOD),
        ("GEMINI_API_KEY", "AIza" + GOOD),
        ("HF_TOKEN", "hf_" + GOOD),
    ],
)
def test_a_good_key_is_not_suspected(name: str, value: str):
    assert suspicion(name, value) is None


@given(st.sampled_from(KEYS), st.text() | st.sampled_from([GOOD, "sk-ant-" + GOOD, "hf_" + GOOD, "AIza" + GOOD]))
def test_what_is_said_of_a_key_is_one_of_a_few_sentences_without_it(name: str, key: str):
    said = suspicion(name, key)
    owners = {f"it looks like what belongs into {owner}" for owner in KEYS}
    assert said in {None, *owners, *SENTENCES}


def test_two_keys_for_one_provider_say_which_goes_first():
    same = {found.what: found for found in key_findings({"GOOGLE_API_KEY": GOOD, "GEMINI_API_KEY": GOOD})}
    assert same["GOOGLE_API_KEY"].state == "set, the same as GEMINI_API_KEY"
    other = {found.what: found for found in key_findings({"GOOGLE_API_KEY": GOOD, "GEMINI_API_KEY": GOOD[::-1]})}
    assert other["GOOGLE_API_KEY"].state == "set, and so is GEMINI_API_KEY, which goes first"
    assert other["GOOGLE_API_KEY"].wrong
    assert not other["GEMINI_API_KEY"].wrong


def test_settings_are_shown_where_they_are_set():
    found = by_name({"RACTO_DISPLAY": "static"})
    assert found["RACTO_DISPLAY"].state == "static"
    assert set(SETTINGS) & set(found) == {"RACTO_DISPLAY"}


def test_the_doctor_and_the_magic_know_the_same_ways_to_show_answers():
    assert WAYS == MODES


def test_a_wrong_way_to_show_answers_is_found_with_the_nearest():
    found = by_name({"RACTO_DISPLAY": "statc"})["RACTO_DISPLAY"]
    assert found.wrong
    assert "Did you mean 'static'" in found.advice


@pytest.mark.parametrize(
    "address", ["https://me:secret@hub.example/api", "https://secret@hub.example", "https://a:sec@secret@hub.example"]
)
@pytest.mark.parametrize("name", ["HF_ENDPOINT", "OPENAI_BASE_URL", "HTTPS_PROXY", "all_proxy"])
def test_a_password_in_an_address_is_left_out(name: str, address: str):
    shown = by_name({name: address})[name].state
    assert "secret" not in shown
    assert "hub.example" in shown


def test_another_server_is_named_with_what_follows_from_it():
    found = by_name({"OPENAI_BASE_URL": "https://me:pw@llm.example:8443/v1?key=hidden"})["OPENAI_BASE_URL"]
    assert found.state == 'llm.example:8443: questions and the key go there, by Chat Completions unless api="responses"'
    assert not found.wrong


@pytest.mark.parametrize(
    ("address", "is_wrong"),
    [
        ("http://llm.example/v1", True),
        ("http://localhost:8000/v1", False),
        ("http://127.0.0.1:8000/v1", False),
        ("llm.example/v1", True),
        ("'https://llm.example'", True),
        ("https://llm.example:port/v1", True),
        ("https://[bad/v1", True),
        ("ftp://llm.example", True),
        ("https://llm.example/v1 ", True),
    ],
)
def test_an_address_that_does_not_work_or_does_not_protect_is_found(address: str, is_wrong: bool):
    (found,) = surroundings_findings({"OPENAI_BASE_URL": address})
    assert found.wrong is is_wrong
    assert found.advice


@pytest.mark.parametrize(
    ("environment", "state", "is_wrong"),
    [
        ({"OLLAMA_HOST": "0.0.0.0"}, "127.0.0.1:11434: ", False),
        ({"OLLAMA_HOST": "https://me:secret@box/path"}, "box:443: ", False),
        ({"OLLAMA_HOST": "box:9"}, "box:9: questions to the models of `ollama` go there; http:// does not encrypt them", False),
        ({"OLLAMA_HOST": "box:9", "OLLAMA_API_KEY": GOOD}, "http:// does not encrypt them", True),
        ({"OLLAMA_HOST": "me:secret@box:port"}, "no address that can be read", True),
    ],
)
def test_where_ollama_is_looked_for_is_told(environment: dict[str, str], state: str, is_wrong: bool):
    (found,) = surroundings_findings(environment)
    assert state in found.state
    assert found.wrong is is_wrong
    assert "secret" not in f"{found.state} {found.advice}"
    assert GOOD not in f"{found.state} {found.advice}"


def test_a_token_is_right_in_either_variable_of_its_provider():
    found = {one.what: one for one in key_findings({"HUGGINGFACE_TOKEN": f"hf_{GOOD}"})}
    assert found["HUGGINGFACE_TOKEN"].state == "set"


def test_proxies_are_named_by_their_host():
    found = by_name({"https_proxy": "http://user:pw@proxy.example:3128", "HTTP_PROXY": "proxy.example:3128"})
    assert found["https_proxy"].state.startswith("proxy.example:3128: ")
    assert found["HTTP_PROXY"].wrong


def test_certificates_that_are_not_there_are_found(tmp_path: Path):
    assert by_name({"SSL_CERT_FILE": str(tmp_path / "none.pem")})["SSL_CERT_FILE"].wrong
    assert not by_name({"SSL_CERT_DIR": os.pathsep.join(["/nowhere", str(tmp_path)])})["SSL_CERT_DIR"].wrong


def test_a_patched_event_loop_is_told(monkeypatch: pytest.MonkeyPatch):
    assert "event loop" not in by_name()
    monkeypatch.setitem(sys.modules, "nest_asyncio", sys)
    assert by_name()["event loop"].state.startswith("patched by nest_asyncio")


@pytest.mark.parametrize("content", [None, "this is = = not toml", "[models.x]\nkind = 'song'\n", b"\xff\xfe"])
def test_a_wrong_table_of_models_is_reported_and_not_raised(
    content: str | bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "models.toml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    monkeypatch.setenv("RACTO_MODELS_FILE", str(path))
    found = by_name()
    assert found["embedded models"].state == "cannot be listed"
    assert "models.toml" in found["embedded models"].advice
    assert found["python"].state


def test_a_wrong_catalogue_is_reported_and_not_raised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(tmp_path / "none.toml"))
    found = by_name()["catalogue of models"]
    assert found.wrong
    assert "none.toml" in found.advice


def test_without_any_model_the_advice_is_to_download_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("RACTO_MODELS_FILE", raising=False)
    found = by_name()["embedded models"]
    assert found.state.startswith("0 of ")
    assert found.advice == "racto-nb models download"


@pytest.mark.parametrize("name", ["openai.py", "racto_nb.py", "anthropic.py", "ipywidgets/__init__.py"])
def test_a_file_that_hides_a_library_is_found(tmp_path: Path, name: str):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    (found,) = [item for item in findings({}) if item.what == name.removesuffix("__init__.py")]
    assert found.wrong
    assert "Rename" in found.advice


@pytest.mark.parametrize("name", ["random.py", "html.py", "cProfile.py", "email/__init__.py"])
def test_a_file_that_hides_a_module_of_python_is_found(tmp_path: Path, name: str):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("")
    (found,) = [item for item in findings({}) if item.what == name.removesuffix("__init__.py")]
    module = name.partition("/")[0].removesuffix(".py")
    assert (found.wrong, found.state) == (True, f"hides Python's own module {module} from the notebooks beside it")


@pytest.mark.parametrize("name", ["sys.py", "os.py", "time.py", "test.py", "main.py", "_random.py"])
def test_what_python_finds_first_or_nobody_misses_hides_nothing(tmp_path: Path, name: str):
    (tmp_path / name).write_text("")
    assert name not in [item.what for item in findings({})]


def test_harmless_neighbours_are_left_in_peace(tmp_path: Path):
    (tmp_path / "openai").mkdir()  # without __init__.py it hides nothing
    (tmp_path / "my_openai.py").write_text("")
    assert wrong(findings({})) == []


def test_the_checkout_of_racto_nb_hides_nothing():
    root = Path(__file__).resolve().parents[2]
    assert "racto_nb/" not in [item.what for item in findings({}, folder=root)]


def test_what_is_wrong_comes_first_and_is_counted(tmp_path: Path):
    (tmp_path / "openai.py").write_text("")
    found = findings({"OPENAI_API_KEY": "sk-..."})
    assert wrong(found[:2]) == ["OPENAI_API_KEY", "openai.py"]
    assert wrong(found[2:]) == []
    table = report(found)
    assert table.caption == "2 things to look at, marked with !"
    assert [row[0] for row in table.rows][:2] == ["! OPENAI_API_KEY", "! openai.py"]


def test_nothing_wrong_says_so():
    assert report([Finding("a", "b")]).caption == "Nothing is wrong."
    assert report([Finding("a", "b", wrong=True)]).caption == "1 thing to look at, marked with !"


def test_the_doctor_of_the_notebook_and_its_shell(shell: InteractiveShell):
    shell.run_line_magic("racto", "doctor")
    shown = shell.display_pub.outputs[-1]["data"]["text/plain"]
    assert "racto_nb in this kernel" in shown
    assert "cells without --model" in shown


def test_a_loaded_extension_with_a_good_model_is_fine(shell: InteractiveShell):
    found = by_name(shell=shell)
    assert found["racto_nb in this kernel"].state == "loaded"
    assert found["cells without --model"].state == "embedded:qwen2.5-coder-0.5b"
    assert "%%racto" not in found


def test_a_shell_without_the_extension_says_how_to_load_it(bare_shell: InteractiveShell):
    found = by_name(shell=bare_shell)["racto_nb in this kernel"]
    assert (found.state, found.advice) == ("not loaded", "%load_ext racto_nb")


def test_loaded_twice_is_found(shell: InteractiveShell):
    shell.register_magics(type(shell.magics_manager.registry["RactoMagics"]))
    assert by_name(shell=shell)["racto_nb in this kernel"].state == "loaded 2 times"


def test_a_magic_of_somebody_else_in_the_place_of_ours_is_found(shell: InteractiveShell):
    def racto(line: str, cell: str) -> None: ...

    shell.register_magic_function(racto, "cell")
    found = by_name(shell=shell)
    assert found["%%racto"].state.startswith("that of ")
    assert found["%%racto"].advice.endswith("%reload_ext racto_nb")
    assert "%racto" not in found


@pytest.mark.parametrize(
    ("model", "environment", "says"),
    [
        ("kit", {}, ""),
        ("number", {}, "'number' is a variable, but no kit"),
        ("embedded:smollm2-135", {}, "Did you mean 'smollm2-135m'"),
        ("embeded:x", {}, "Did you mean 'embedded'"),
        ("nothing", {}, "There is no embedded model 'nothing'"),
        ("openai:gpt-6-luna", {}, "openai:gpt-6-luna, and OPENAI_API_KEY is not set"),
        ("openai:gpt-6-luna", {"OPENAI_API_KEY": GOOD}, ""),
        ("openai:", {"OPENAI_API_KEY": GOOD}, ""),
        ("openai:of-ours", {"OPENAI_BASE_URL": "http://localhost:8000/v1"}, ""),
        ("openai:gpt-3.5-turbo-0301", {"OPENAI_API_KEY": GOOD}, "shut down"),
    ],
)
def test_a_setting_that_names_a_model_that_cannot_be_asked_is_found(
    shell: InteractiveShell, model: str, environment: dict[str, str], says: str
):
    shell.user_ns |= {"kit": FakeKit(["x"]), "number": 5}
    shell.run_line_magic("config", f"RactoMagics.model = {model!r}")
    found = by_name(environment, shell=shell)["cells without --model"]
    assert (found.wrong, says in found.state) == (bool(says), True)


def test_magics_that_are_lazily_on_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from racto_nb.notebook.lazily import config_path, switch_on

    monkeypatch.setattr(sys, "prefix", str(tmp_path / "environment"))
    assert by_name({})["%%racto without %load_ext"].advice == "To switch it on: racto-nb magics on"
    switch_on(config_path(user=False))
    assert str(config_path(user=False)) in by_name({})["%%racto without %load_ext"].state
    config_path(user=True).parent.mkdir(parents=True)
    config_path(user=True).write_text("c.MagicsManager.lazy_magics = {}")
    assert by_name({})["%%racto without %load_ext"].wrong
    config_path(user=False).write_text("# >>> half a block")
    config_path(user=False).write_bytes(b"# <<< racto-nb magics <<<\n")
    assert by_name({})["%%racto without %load_ext"].state == "cannot be told"
