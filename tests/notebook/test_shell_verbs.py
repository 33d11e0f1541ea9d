"""`%racto` and the settings, in a shell."""

from __future__ import annotations

import pytest
from in_process_notebook import Notebook

from racto_nb import load_ipython_extension, unload_ipython_extension
from racto_nb.exceptions import ModelNotFoundError, NotFoundError, ProviderNotFoundError, UsageError
from racto_nb.notebook.magics.racto import DEFAULT_MODEL, RactoMagics
from racto_nb.notebook.magics.verbs import VERBS
from racto_nb.testing import FakeKit


@pytest.fixture
def notebook(shell) -> Notebook:
    return Notebook(shell)


def magics(notebook: Notebook) -> RactoMagics:
    return notebook.shell.magics_manager.registry["RactoMagics"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_one_thing_with_a_text_twin(notebook, verb):
    notebook.ok(f"%racto {verb}")

    assert len(notebook.shown) == 1
    assert set(notebook.shown[0]) == {"text/html", "text/plain"}


@pytest.mark.parametrize("line", ["", "  ", "help", "  help  "])
def test_help_lists_every_verb(notebook, line):
    notebook.ok(f"%racto {line}")

    assert [verb for verb in VERBS if f"%racto {verb}" not in notebook.text] == []


def test_an_unknown_verb_is_told_with_the_nearest(notebook):
    with pytest.raises(UsageError, match="Did you mean 'history'"):
        notebook.ok("%racto histroy")


def test_options_on_the_line_magic_say_that_they_belong_to_a_cell(notebook):
    with pytest.raises(UsageError, match="two per cent signs"):
        notebook.ok("%racto --model x")


def test_use_takes_a_kit_by_its_name(notebook):
    notebook["mine"] = FakeKit(["from mine"])

    notebook.ok("%racto use mine")
    notebook.ok("%%racto\nhello")

    assert notebook["_racto"].text == "from mine"


def test_use_keeps_the_model_when_the_new_one_is_unknown(notebook):
    with pytest.raises(ModelNotFoundError):
        notebook.ok("%racto use embedded:nothing-like-it")

    assert magics(notebook).model == DEFAULT_MODEL


def test_use_names_a_kit_that_was_nearly_meant(notebook):
    notebook["editor_kit"] = FakeKit(["x"])

    with pytest.raises(NotFoundError, match="editor_kit"):
        notebook.ok("%racto use editor_kitt")


def test_use_of_another_value_says_what_it_is(notebook):
    notebook["frame"] = [1, 2]

    with pytest.raises(UsageError, match="'frame' is a list, not a kit"):
        notebook.ok("%racto use frame")


def test_a_kit_inside_another_value_can_be_used(notebook):
    notebook.ok("class box:\n    kit = FakeKit(['a'])")

    notebook.ok("%%racto --model box.kit\nhello")

    assert notebook["_racto"].text == "a"


def test_use_without_a_name_says_which_is_used(notebook):
    notebook.ok("%racto use")

    assert DEFAULT_MODEL in notebook.text


def test_models_lists_providers_and_own_kits_and_marks_the_one_in_use(notebook):
    notebook["mine"] = FakeKit(["x"])
    notebook["_hidden"] = FakeKit(["x"])
    notebook.ok("%racto use mine")
    notebook.ok("%racto models")

    assert "embedded:smollm2-135m" in notebook.text
    assert "mine ←" in notebook.text
    assert "_hidden" not in notebook.text


def test_models_of_an_unknown_provider_are_refused(notebook):
    with pytest.raises(ProviderNotFoundError, match="embedded"):
        notebook.ok("%racto models embeded")


def test_last_shows_the_last_answer_again_also_a_failed_one(notebook):
    notebook.ok("%racto last")
    assert "No %%racto cell" in notebook.text

    notebook["kit"] = FakeKit(["the answer", TimeoutError("late")])
    notebook.ok("%%racto --model kit --quiet\nx")
    notebook.ok("%racto last")
    assert "the answer" in notebook.text

    notebook.failed("%%racto --model kit\nx")
    notebook.ok("%racto last")
    assert "the answer" not in notebook.text


def test_reset_forgets_one_or_all(notebook):
    notebook["kit"] = FakeKit(["x"], repeat_last=True)
    for name in ("a", "b", "c"):
        notebook.ok(f"%%racto --model kit --history {name}\nhello {name}")

    notebook.ok("%racto reset a")
    notebook.ok("%racto history")
    assert "hello a" not in notebook.text
    assert "hello b" in notebook.text

    notebook.ok("%racto reset")
    assert "b" in notebook.text
    notebook.ok("%racto history")
    assert "hello" not in notebook.text


def test_an_unknown_conversation_is_told_with_the_nearest(notebook):
    notebook["kit"] = FakeKit(["x"])
    notebook.ok("%%racto --model kit --history interview\nhello")

    for verb in ("history", "reset"):
        with pytest.raises(NotFoundError, match="'interview'"):
            notebook.ok(f"%racto {verb} intervew")


def test_hostile_words_in_a_conversation_are_shown_harmless(notebook):
    notebook["kit"] = FakeKit(["<script>alert(1)</script>\x1b[31m"])
    notebook.ok("%%racto --model kit --history talk\n<img src=x onerror=alert(1)>")

    notebook.ok("%racto history talk")

    html = notebook.shown[0]["text/html"]
    assert "<script" not in html
    assert "<img" not in html
    assert "\x1b" not in html + notebook.text


def test_config_lists_every_setting_with_its_value(notebook):
    notebook.ok("%config RactoMagics.temperature = 0.25")
    notebook.ok("%racto config")

    assert "0.25" in notebook.text
    assert [name for name in RactoMagics.class_trait_names(config=True) if name not in notebook.text] == []


def test_settings_are_used_and_the_cell_goes_first(notebook):
    notebook["kit"] = FakeKit(["x"], repeat_last=True)
    notebook.ok("%config RactoMagics.model = 'kit'")
    notebook.ok("%config RactoMagics.temperature = 0.5\n%config RactoMagics.max_tokens = 7")

    notebook.ok("%%racto\nx")
    notebook.ok("%%racto -t 0 --max-tokens 3\nx")

    assert [(call["temperature"], call["max_tokens"]) for call in notebook["kit"].calls] == [(0.5, 7), (0.0, 3)]


def test_a_timeout_of_the_cell_is_for_that_cell_only(notebook):
    notebook.ok("kit = FakeKit([FakeReply(('slow',), delay=0.02), FakeReply(('slow',), delay=0.02)])")

    error = notebook.failed("%%racto --model kit --timeout 0.001\nx")
    notebook.ok("%%racto --model kit\nx")

    assert type(error).__name__ == "RactoGatewayTimeoutError"
    assert notebook["_racto"].text == "slow"


def test_a_kit_opened_by_name_is_kept(notebook):
    session = magics(notebook).session

    assert session.kit("embedded:smollm2-135m", {}) is session.kit("embedded:smollm2-135m", {})


def test_settings_reach_the_magics_that_were_loaded_last(notebook):
    unload_ipython_extension(notebook.shell)
    load_ipython_extension(notebook.shell)

    notebook.ok("%config RactoMagics.temperature = 0.75")

    # `%config` takes any configurable of that name.
    assert [item for item in notebook.shell.configurables if isinstance(item, RactoMagics)] == [magics(notebook)]
    assert magics(notebook).temperature == 0.75


def test_loading_twice_keeps_the_conversations(notebook):
    notebook["kit"] = FakeKit(["x"])
    notebook.ok("%%racto --model kit --history talk\nhello")
    load_ipython_extension(notebook.shell)

    notebook.ok("%racto history")

    assert "talk" in notebook.text


def test_unloading_takes_both_magics_away(notebook):
    unload_ipython_extension(notebook.shell)

    assert notebook.shell.find_cell_magic("racto") is None
    assert notebook.shell.find_line_magic("racto") is None
    unload_ipython_extension(notebook.shell)


def test_doctor_shows_keys_as_set_and_never_their_values(notebook, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("HF_ENDPOINT", "https://ann:hidden@mirror.example/api")

    notebook.ok("%racto doctor")

    assert "sk-very-secret" not in notebook.text
    assert "hidden" not in notebook.text
    assert "mirror.example" in notebook.text
