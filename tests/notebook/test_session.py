"""What is remembered between cells."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from racto_nb import load_ipython_extension, unload_ipython_extension
from racto_nb.exceptions import ModelNotFoundError, NotFoundError, UsageError
from racto_nb.notebook import conversations
from racto_nb.notebook.magics.session import Session
from racto_nb.providers.directory import PROVIDERS, split_model
from racto_nb.testing import FakeKit


def said(session: Session, name: str) -> list[str]:
    return [turn.content for turn in session.history(name)]


def test_a_kit_of_the_notebook_is_found_by_its_name_and_goes_first():
    kit = FakeKit([])
    assert Session().kit("kit", {"kit": kit}) is kit


def test_a_kit_inside_a_value_of_the_notebook_is_found():
    kit = FakeKit([])

    class Team:
        writer = kit

    assert Session().kit("team.writer", {"team": Team()}) is kit


def test_a_model_is_opened_once_and_kept():
    session = Session()
    first = session.kit("embedded:smollm2-135m", {})
    assert session.kit("embedded:smollm2-135m", {}) is first


def test_a_timeout_makes_a_copy_and_leaves_the_kit():
    session, kit = Session(), FakeKit([])
    hurried = session.kit("kit", {"kit": kit}, timeout=3)
    assert (hurried.timeout, kit.timeout) == (3, None)


def test_an_unknown_model_names_kits_of_the_notebook_that_are_near():
    with pytest.raises(ModelNotFoundError, match="Did you mean 'writer'") as caught:
        Session().kit("wrtier", {"writer": FakeKit([]), "writers": ["not a kit"]})
    assert caught.value.suggestions == ["writer"]


def test_a_model_without_its_provider_is_named_with_it():
    with pytest.raises(
        ModelNotFoundError, match=r"^The provider of 'gpt-6-luna' is missing. Did you mean 'openai:gpt-6-luna'\?$"
    ):
        Session().kit("gpt-6-luna", {})


def test_only_a_name_that_is_near_an_embedded_one_is_called_an_embedded_one():
    with pytest.raises(ModelNotFoundError, match=r"no embedded chat model 'smollm2-135'\. Did you mean 'smollm2-135m'"):
        Session().kit("smollm2-135", {})
    with pytest.raises(ModelNotFoundError, match="no kit 'zzz' in this notebook, and no such model on this machine"):
        Session().kit("zzz", {})


@pytest.mark.parametrize(
    ("alias", "provider"),
    [("gemini", "google"), ("claude", "anthropic"), ("gpt", "openai"), ("local", "ollama"), ("hf", "huggingface")],
)
def test_other_names_of_providers_are_known(alias: str, provider: str):
    assert split_model(f"{alias}:m") == (PROVIDERS[provider], "m")


def test_a_model_that_could_not_be_opened_is_tried_anew():
    session = Session()
    for _ in range(2):
        with pytest.raises(ModelNotFoundError):
            session.kit("embedded:nope", {})


def test_a_variable_that_is_no_kit_is_named_with_its_kind():
    with pytest.raises(UsageError, match="'kit' is a str, not a kit"):
        Session().kit("kit", {"kit": "text"})


def test_conversations_are_kept_apart_and_handed_out_as_copies():
    session = Session()
    session.remember("a", "q1", "r1")
    session.remember("b", "q2", "r2")
    session.history("a").clear()
    assert (said(session, "a"), said(session, "b"), said(session, "c")) == (["q1", "r1"], ["q2", "r2"], [])


def test_without_a_name_nothing_is_remembered():
    session = Session()
    session.remember(None, "q", "r")
    assert session.conversations == {}
    assert session.history(None) == []


def test_a_new_beginning_replaces_the_conversation_when_its_answer_is_there():
    session = Session()
    session.remember("a", "q1", "r1")
    assert session.history("a", new=True) == []
    assert said(session, "a") == ["q1", "r1"]
    session.remember("a", "q2", "r2", new=True)
    assert said(session, "a") == ["q2", "r2"]


def test_forgetting_says_what_was_forgotten():
    session = Session()
    for name in ("b", "a", "c"):
        session.remember(name, "q", "r")
    assert session.reset("c") == ["c"]
    assert session.reset(None) == ["a", "b"]
    assert session.reset(None) == []
    with pytest.raises(NotFoundError):
        session.reset("a")


def test_conversations_live_as_long_as_the_shell(shell: InteractiveShell):
    shell.user_ns["kit"] = FakeKit(["a"], repeat_last=True)
    shell.run_cell_magic("racto", "--model kit --history talk", "q")
    unload_ipython_extension(shell)
    assert "racto" not in shell.magics_manager.magics["cell"]
    assert conversations().count("talk") == 1
    load_ipython_extension(shell)
    shell.run_cell_magic("racto", "--model kit --history talk", "q")
    assert [turn.content for turn in conversations()["talk"]] == ["q", "a"] * 2
    assert len(shell.user_ns["kit"].calls[-1]["messages"]) == 3


def test_the_verbs_see_what_python_does_with_conversations(shell: InteractiveShell):
    conversations().append("mine", "q", "a")
    shell.run_line_magic("racto", "history mine")
    assert "assistant" in shell.display_pub.outputs[-1]["data"]["text/plain"]
    shell.run_line_magic("racto", "reset mine")
    assert "mine" not in conversations()


def test_outside_a_notebook_there_are_no_conversations_of_one():
    with pytest.raises(UsageError, match="no notebook here"):
        conversations()
