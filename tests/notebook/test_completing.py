"""What TAB offers in `%%racto` cells, asked of IPython's own completer."""

import logging
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from pydantic import BaseModel
from tab_key import tab

from racto_nb import RactoPrompt, load_ipython_extension, unload_ipython_extension
from racto_nb.notebook.completing import IDENTIFIER, offering
from racto_nb.notebook.completing.cursor import words_of
from racto_nb.notebook.magics.options import TABLE
from racto_nb.providers.directory import PROVIDERS
from racto_nb.testing import FakeKit

PROMPT = RactoPrompt(role="r", aim="a", constraints=["c"], tone="t", output_format="text")


class Person(BaseModel):
    name: str
    nick: int = 0
    api_key: str = "secret"


@pytest.fixture
def notebook(shell: InteractiveShell) -> InteractiveShell:
    shell.user_ns |= {"Person": Person, "guide": PROMPT, "kit": FakeKit(["x"]), "ann": Person(name="Ann"), "number": 5}
    return shell


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("--mo", ["--model"]),
        ("--t", ["--tone", "--tools", "--temperature", "--timeout", "--thinking"]),
        ("-m", []),  # is written already
        ("--into a --int", []),  # was given
        ("-o a --int", []),
        ("-m kit --mo", ["-m kit --model"]),
        ("--in|  --into a", []),
        ("--constraint a --con", ["--constraint a --constraint"]),
        ("--role 'x y' --ro", []),
        ("--role=x --ai", ["--role=x --aim"]),
        ("--nonsense", []),
        ("a word ", None),
        ('"--mo', []),
    ],
)
def test_options_are_offered_that_can_still_be_given(notebook: InteractiveShell, line: str, offered: list[str] | None):
    found = tab(notebook, f"%%racto {line}")
    assert (found != []) if offered is None else found == [f"%%racto {text}" for text in offered]


def test_an_empty_word_offers_all_long_options_in_the_order_of_the_table(notebook: InteractiveShell):
    assert tab(notebook, "%%racto ") == [
        *(f"%%racto {flags[-1]}" for flags, _ in TABLE),
        "%%racto rag",
        "%%racto sql",
        "%%racto classify",
    ]


def test_one_dash_offers_the_short_ones_too(notebook: InteractiveShell):
    assert {"%%racto -m", "%%racto -o", "%%racto --model"} <= set(tab(notebook, "%%racto -"))


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("--model k", "--model kit"),
        ("-m k", "-m kit"),
        ("--model=k", "--model=kit"),
        ('--model "k', '--model "kit'),
        ('--model="k', '--model="kit'),
        ("--prompt ", "--prompt guide"),
        ("-p g", "-p guide"),
        ("--as ", "--as Person"),
        ("--as='P", "--as='Person"),
        ("--output P", "--output Person"),
        ("--output js", "--output json"),
        ("--df po", "--df polars"),
        ("--df=pa", "--df=pandas"),
        ("--model embedded:smol", "--model embedded:smollm2-135m"),
        ("--model smol", "--model embedded:smollm2-135m"),
        ("--role x --model openai:gpt-6-l", "--role x --model openai:gpt-6-luna"),
    ],
)
def test_the_value_of_an_option_is_offered(notebook: InteractiveShell, line: str, offered: str):
    assert tab(notebook, f"%%racto {line}") == [f"%%racto {offered}"]


@pytest.mark.parametrize(
    "line", ["--temperature ", "--role ", "--seed ", "--json=", "--nonsense=", "--model nothing-like-it", "--as num", "--role -"]
)
def test_where_nothing_fits_tab_is_silent(notebook: InteractiveShell, line: str):
    assert tab(notebook, f"%%racto {line}") == []


def test_an_option_whose_value_may_be_left_out_is_followed_by_options_too(notebook: InteractiveShell):
    assert tab(notebook, "%%racto --df --js") == ["%%racto --df --json"]
    assert tab(notebook, "%%racto --df --model k") == ["%%racto --df --model kit"]


def test_models_are_the_kits_of_the_notebook_and_those_of_every_provider(notebook: InteractiveShell):
    found = tab(notebook, "%%racto --model ")
    assert found[0] == "%%racto --model kit"
    assert {text.split()[-1].partition(":")[0] for text in found[1:]} == set(PROVIDERS)
    assert not [text for text in found if "minilm" in text or "text-embedding" in text]


def test_a_kit_inside_an_object_is_offered_by_its_path(notebook: InteractiveShell):
    notebook.user_ns["mine"] = type("Mine", (), {"kit": FakeKit(["x"]), "other": 3})
    assert tab(notebook, "%%racto --model mine.") == ["%%racto --model mine.kit"]


def test_a_wrong_table_of_models_spares_the_other_providers(notebook: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RACTO_MODELS_FILE", "/nowhere/models.toml")
    assert "%%racto --model openai:gpt-6-luna" in tab(notebook, "%%racto --model ")


def test_conversations_are_offered_in_the_quotes_they_need(notebook: InteractiveShell):
    talks = notebook.magics_manager.registry["RactoMagics"].session.conversations
    for name in ("trip", "my plan", 'the "old" one'):
        talks.append(name, "q", "a")
    assert tab(notebook, "%%racto --history t") == ['%%racto --history "the \\"old\\" one"', "%%racto --history trip"]
    assert tab(notebook, "%%racto --history m") == ['%%racto --history "my plan"']
    assert tab(notebook, '%%racto --history "my p') == ['%%racto --history "my plan']
    assert tab(notebook, "%%racto --history my\\ p") == ['%%racto --history "my plan"']


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x00"), min_size=1, max_size=12).filter(str.strip))
def test_whatever_name_is_offered_is_read_back_as_it_is(name: str):
    known = offering.Known({}, {}, list, list, lambda: [name])
    for begun, end in (("", ""), ('"', '"')):
        texts = offering.option_offers(f"--history {begun}", "", known).texts
        assert [shlex.split(f"--history {begun}{text}{end}") for text in texts] == [["--history", name]]


def test_results_of_earlier_cells_are_offered_to_be_overwritten(notebook: InteractiveShell):
    notebook.run_cell_magic("racto", "--model kit --quiet --into answer", "q")
    assert tab(notebook, "%%racto --into ") == ["%%racto --into answer"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("us", ["use"]),
        ("use k", ["use kit"]),
        ("chat k", ["chat kit"]),
        ("sql ./not", ["sql ./notebooks/"]),
        ("use embedded:smol", ["use embedded:smollm2-135m"]),
        ("models em", ["models embedded"]),
        ("models al", ["models all"]),
        ("models openai a", ["models openai all"]),
        ("history my p", ["history my plan"]),
        ("reset m", ["reset my plan"]),
        ("replay r", ["replay record", "replay replay"]),
        ("replay replay ./not", ["replay replay ./notebooks/"]),
        ("doctor ", ["doctor --services"]),
        ("help ", []),
        ("nothing ", []),
    ],
)
def test_the_line_magic_offers_its_verbs_and_what_they_are_about(notebook: InteractiveShell, line: str, offered: list[str]):
    notebook.magics_manager.registry["RactoMagics"].session.conversations.append("my plan", "q", "a")
    assert tab(notebook, f"x = 1\n%racto {line}") == [f"%racto {text}" for text in offered]


@pytest.mark.parametrize("body", ["impor", "Hello numb", "{number", r"\{{numb", "{{number}} an", "x.", "%ti", "--mo", "", "'./"])
def test_in_prose_nothing_is_offered_by_anybody(notebook: InteractiveShell, body: str):
    assert tab(notebook, f"%%racto --json\nSome text\n{body}") == []


@pytest.mark.parametrize("cell", ["%%raccoon --mo", "%%bash\nracto --mo", "x = 'racto --mo", "%%racto", "%%racto?"])
def test_other_cells_are_left_alone(notebook: InteractiveShell, cell: str):
    assert not [text for text in tab(notebook, cell) if "--model" in text]


def test_python_is_completed_as_before(notebook: InteractiveShell):
    assert "number" in tab(notebook, "racto = 1\nnumb")
    assert "%%racto" in tab(notebook, "%%rac")


@pytest.mark.parametrize("above", ["\n\n", "%%time\n", "%%capture out\n\n", "  "])
def test_a_cell_may_begin_with_what_ipython_takes_away(notebook: InteractiveShell, above: str):
    assert tab(notebook, f"{above}%%racto --mo")[0].strip() == "%%racto --model"
    assert tab(notebook, f"{above}%%racto\nnumb") == []


@given(st.text(st.sampled_from("ab =-\"'\\\t")))
def test_words_are_those_of_a_shell(line: str):
    try:
        expected = shlex.split(line)
    except ValueError:
        return
    found = words_of(line)
    assert [word.text for word in found[:-1]] + [found[-1].text] * (found[-1].start < len(line)) == expected
    assert not found[-1].quote
    assert all(word.start <= len(line) for word in found)


@given(st.text(st.sampled_from("%racto-ms{}[].\"'=\n ab"), max_size=40), st.data())
def test_no_cell_makes_it_raise(text: str, data: st.DataObject):
    cursor = data.draw(st.integers(0, len(text) + 8))
    cell = f"%%racto {text}"
    known = type("Shell", (), {"user_ns": {"a": {"b": [1]}}, "user_ns_hidden": {}, "magics_manager": None})
    if "--h" not in text and "history" not in text:
        offers = offering.offered(cell, cursor, known)
        assert offers is None or cell[: max(0, cursor)].endswith(offers.fragment)


def test_a_fault_of_ours_leaves_tab_to_the_others(
    notebook: InteractiveShell, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(offering, "offered", broken)
    with caplog.at_level(logging.DEBUG, "racto_nb"):
        assert "number" in tab(notebook, "x = 'racto'\nnumb")
    assert "broken" in caplog.text


def ours(shell: InteractiveShell) -> list[object]:
    return [item for item in shell.Completer.custom_matchers if getattr(item, "matcher_identifier", "") == IDENTIFIER]


def test_loading_twice_registers_once_and_unloading_takes_it_away(shell: InteractiveShell):
    shell.Completer.custom_matchers.append(another := lambda text: [])
    load_ipython_extension(shell)
    assert len(ours(shell)) == 1
    unload_ipython_extension(shell)
    assert ours(shell) == []
    assert another in shell.Completer.custom_matchers
    assert "--model" not in "".join(tab(shell, "%%racto --mo"))


def test_a_shell_with_another_completer_can_still_load(bare_shell: InteractiveShell, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bare_shell, "Completer", None)
    load_ipython_extension(bare_shell)
    assert "racto" in bare_shell.magics_manager.magics["cell"]
    unload_ipython_extension(bare_shell)


def test_behind_sql_and_classify_their_variables_and_options_are_offered(notebook: InteractiveShell):
    notebook.run_cell("import pandas as pd\nfrom racto_nb.pipelines import EmbeddingClassifier")
    notebook.run_cell("sales = pd.DataFrame({'region': ['N']})\nby_likeness = EmbeddingClassifier(['a', 'b'])")

    assert "%%racto sql sales" in tab(notebook, "%%racto sql sa")
    assert tab(notebook, "%%racto classify by") == ["%%racto classify by_likeness"]
    assert tab(notebook, "%%racto sql sales --cha") == ["%%racto sql sales --chart"]
    assert "%%racto sql sales --chart funnel" in tab(notebook, "%%racto sql sales --chart f")
    assert tab(notebook, "%%racto classify by_likeness --frame sa") == ["%%racto classify by_likeness --frame sales"]
    assert tab(notebook, "%%racto classify by_likeness --frame sales --column re")[-1].endswith("--column region")


def test_behind_the_line_classify_the_same_is_offered_as_in_a_cell(notebook: InteractiveShell):
    notebook.run_cell("import pandas as pd\nfrom racto_nb.pipelines import EmbeddingClassifier")
    notebook.run_cell("sales = pd.DataFrame({'region': ['N']})\nby_likeness = EmbeddingClassifier(['a', 'b'])")

    assert tab(notebook, "%racto classify by") == ["%racto classify by_likeness"]
    assert tab(notebook, "%racto classify by_likeness --frame sales --pan") == [
        "%racto classify by_likeness --frame sales --panel"
    ]
    assert tab(notebook, "%racto classify by_likeness --frame sales --truth re")[-1].endswith("--truth region")
