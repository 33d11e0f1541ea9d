"""`%racto`: models, conversations and settings."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.exceptions import ModelNotFoundError, NotFoundError, ProviderNotFoundError, UsageError
from racto_nb.notebook.magics.racto import DEFAULT_MODEL, RactoMagics
from racto_nb.notebook.magics.verbs import VERBS
from racto_nb.testing import FakeKit


def run(shell: InteractiveShell, line: str) -> str:
    """The text that `%racto line` shows."""
    before = len(shell.display_pub.outputs)
    shell.run_line_magic("racto", line)
    (shown,) = shell.display_pub.outputs[before:]
    return shown["data"]["text/plain"]


@pytest.fixture
def kit(shell: InteractiveShell) -> FakeKit:
    shell.user_ns["kit"] = FakeKit(["an answer"], repeat_last=True)
    return shell.user_ns["kit"]


def ask(shell: InteractiveShell, line: str, body: str = "a question") -> None:
    shell.run_cell_magic("racto", f"--model kit --quiet {line}", body)


def test_use_chooses_the_model_of_later_cells(shell: InteractiveShell, kit: FakeKit):
    assert run(shell, "use") == f"Cells without --model use {DEFAULT_MODEL}."
    assert run(shell, "use kit") == "Cells without --model now use fake:fake-model."
    shell.run_cell_magic("racto", "--quiet", "a question")
    assert len(kit.calls) == 1


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("embedded:nope", ModelNotFoundError, "nope"),
        ("embeded:x", ProviderNotFoundError, "Did you mean 'embedded'"),
        ("kti", ModelNotFoundError, "Did you mean 'kit'"),
        ("number", UsageError, "'number' is a int, not a kit"),
    ],
)
def test_a_model_that_cannot_be_used_leaves_the_setting(shell: InteractiveShell, kit: FakeKit, name: str, kind: type, says: str):
    shell.user_ns["number"] = 5
    with pytest.raises(kind, match=says):
        shell.run_line_magic("racto", f"use {name}")
    assert run(shell, "use") == f"Cells without --model use {DEFAULT_MODEL}."


def test_models_lists_those_of_the_registry_and_the_kits_of_the_notebook(shell: InteractiveShell, kit: FakeKit):
    shell.user_ns["_hidden"] = kit
    shown = run(shell, "models")
    assert f"{DEFAULT_MODEL} ←" in shown
    assert "embedded:smollm2-135m" in shown
    assert "fake:fake-model, a kit of this notebook" in shown
    assert "_hidden" not in shown


def test_the_model_in_use_is_marked(shell: InteractiveShell, kit: FakeKit):
    run(shell, "use kit")
    shown = run(shell, "models")
    assert "kit ←" in shown
    assert f"{DEFAULT_MODEL} ←" not in shown


def test_models_of_one_provider(shell: InteractiveShell, kit: FakeKit):
    assert "a kit of this notebook" not in run(shell, "models embedded")
    with pytest.raises(ProviderNotFoundError, match="Did you mean 'embedded'"):
        shell.run_line_magic("racto", "models embeded")


def test_models_with_a_wrong_table_of_models_fails_with_its_name(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_MODELS_FILE", "/nowhere/models.toml")
    with pytest.raises(UsageError, match=r"/nowhere/models\.toml"):
        shell.run_line_magic("racto", "models")


def test_last_shows_the_answer_again(shell: InteractiveShell, kit: FakeKit):
    assert run(shell, "last") == "No %%racto cell has run yet."
    ask(shell, "")
    assert run(shell, "last").startswith("an answer\n\n— fake:fake-model")


def test_history_lists_conversations_and_shows_one(shell: InteractiveShell, kit: FakeKit):
    assert run(shell, "history").startswith("No conversation yet")
    ask(shell, "--history talk", "first " + "long " * 40)
    ask(shell, "--history talk", "second")
    listed = run(shell, "history").splitlines()
    assert listed[0].split() == ["name", "turns", "begins"]
    assert listed[1].split()[:3] == ["talk", "2", "first"]
    assert listed[1].endswith("…")
    shown = run(shell, "history talk")
    assert [line.split()[0] for line in shown.splitlines()[1:5]] == ["user", "assistant", "user", "assistant"]
    assert shown.endswith("Conversation 'talk'")


@pytest.mark.parametrize("verb", ["history", "reset"])
def test_an_unknown_conversation_names_the_nearest(shell: InteractiveShell, kit: FakeKit, verb: str):
    ask(shell, "--history talk")
    with pytest.raises(NotFoundError, match=r"no conversation 'tlak'\. Did you mean 'talk'"):
        shell.run_line_magic("racto", f"{verb} tlak")


def test_reset_forgets_one_or_all(shell: InteractiveShell, kit: FakeKit):
    assert run(shell, "reset") == "There was no conversation to forget."
    for name in "abc":
        ask(shell, f"--history {name}")
    assert run(shell, "reset b") == "Forgotten: b."
    assert run(shell, "reset") == "Forgotten: a, c."
    assert run(shell, "history").startswith("No conversation yet")


def test_config_lists_every_setting_with_its_value_and_meaning(shell: InteractiveShell):
    shown = run(shell, "config")
    for name, trait in RactoMagics.class_traits(config=True).items():
        assert any(line.startswith(name) and trait.help in line for line in shown.splitlines())
    assert repr(DEFAULT_MODEL) in shown


@pytest.mark.parametrize("line", ["help", "", "   "])
def test_help_lists_every_verb(shell: InteractiveShell, line: str):
    shown = run(shell, line)
    assert [verb for verb in VERBS if f"%racto {verb}" not in shown] == []


def test_doctor_shows_no_key(shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-8fJ2kLm9QpRsTuVwXyZ")
    shown = run(shell, "doctor")
    assert "8fJ2kLm9" not in shown
    assert any(line.split() == ["OPENAI_API_KEY", "set"] for line in shown.splitlines())


def test_an_unknown_verb_names_the_nearest(shell: InteractiveShell):
    with pytest.raises(UsageError, match=r"no verb 'modles'\. Did you mean 'models'"):
        shell.run_line_magic("racto", "modles")


def test_options_on_the_line_magic_say_where_they_belong(shell: InteractiveShell):
    with pytest.raises(UsageError, match="%%racto \\(two per cent signs\\)"):
        shell.run_line_magic("racto", "--model kit hello")
