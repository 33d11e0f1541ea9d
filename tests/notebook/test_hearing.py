"""What kits warn of in a cell: below the answer, once, without a path; all other warnings stay warnings."""

import threading
import warnings

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import DroppedOptionWarning, TruncatedContextWarning
from racto_nb.notebook.magics.hearing import heard
from racto_nb.testing import FakeProvider

pytestmark = [
    pytest.mark.filterwarnings("default::racto_nb.exceptions.DroppedOptionWarning"),
    pytest.mark.filterwarnings("default::racto_nb.exceptions.TruncatedContextWarning"),
]


def warn(message: str, kind: type[Warning] = DroppedOptionWarning) -> None:
    warnings.warn(message, kind, stacklevel=2)


@pytest.fixture
def kit(notebook):
    with (
        FakeProvider(["Yes."], repeat_last=True) as server,
        gpt.Chat("gpt-6-luna", api_key="any", base_url=server.base_url("openai")) as kit,
    ):
        notebook["kit"] = notebook["other"] = kit
        yield kit


def test_each_text_is_heard_once():
    with heard() as notes:
        for message in ("one", "two", "one"):
            warn(message)
        warn("three", TruncatedContextWarning)
    assert notes == ["one", "two", "three"]


def test_a_thread_that_the_cell_waits_for_is_heard_too():
    with heard() as notes:
        thread = threading.Thread(target=warn, args=("one",))
        thread.start()
        thread.join()
    assert notes == ["one"]


def test_other_warnings_stay_warnings_of_their_own_place():
    def ask() -> list[str]:
        with heard() as notes:
            warnings.simplefilter("default", UserWarning)
            warn("mine", UserWarning)
        return notes

    with pytest.warns(UserWarning, match="mine") as told:
        assert ask() == []
    assert told[0].filename == __file__


def test_another_thread_leaves_the_filters_as_they_are():
    found = []

    def run():
        before = warnings.showwarning
        with heard() as notes:
            found.append((warnings.showwarning is before, notes))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [(True, [])]


def test_a_warning_that_the_user_made_an_error_stays_one(notebook, kit):
    with warnings.catch_warnings():
        warnings.simplefilter("error", DroppedOptionWarning)
        assert isinstance(notebook.failed("%%racto --model kit -t 0\nx"), DroppedOptionWarning)


@pytest.mark.usefixtures("kit")
def test_a_dropped_option_stands_below_the_answer(notebook, capsys):
    notebook.ok("%%racto --model kit -t 0\nx")
    assert "· openai:gpt-6-luna takes no temperature: temperature=0 was not sent." in notebook.text
    assert notebook["_racto"]._repr_mimebundle_() == notebook.shown[0]
    assert "Warning" not in capsys.readouterr().err


@pytest.mark.usefixtures("kit")
def test_of_several_models_it_is_said_once_for_all(notebook):
    notebook.ok("%%racto --model kit --model other -t 0\nx")
    assert notebook.text.count("takes no temperature") == 1
    notebook.ok("%%racto --model kit --model other -t 0 --quiet\nx")
    assert notebook.shown == []
