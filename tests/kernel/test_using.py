"""What the options of `%%racto` and the verbs of `%racto` do in a notebook."""

from __future__ import annotations

import pytest
from jupyter_kernel import SMALL, Kernel, running_kernel

from racto_nb.notebook.magics.options import option_names
from racto_nb.notebook.magics.verbs import VERBS

PEOPLE = '\'{"rows": [{"name": "Ann", "age": 25}, {"name": "Tom", "age": 63}]}\''


@pytest.fixture(scope="module", autouse=True)
def _classes(kernel: Kernel):
    kernel.ok("from pydantic import BaseModel\nclass Person(BaseModel):\n    name: str\n    age: int")


def test_json_is_parsed_and_shown_as_json(kernel: Kernel):
    kernel.ok("kit = FakeKit(['{\"a\": [1, 2]}'])")
    cell = kernel.ok("%%racto --model kit --json\ngive JSON")
    assert kernel.value("_racto.parsed") == {"a": [1, 2]}
    assert "<pre>" in cell.html


def test_as_gives_a_valid_instance_of_the_class(kernel: Kernel):
    kernel.ok('kit = FakeKit([\'{"name": "Ann", "age": 25}\'])')
    kernel.ok("%%racto --model kit --as Person --into person\nwho?")
    assert kernel.value("isinstance(person.parsed, Person)")
    assert kernel.value("[person.parsed.name, person.parsed.age]") == ["Ann", 25]


@pytest.mark.parametrize(("option", "kind"), [("--df", "polars"), ("--df polars", "polars"), ("--df pandas", "pandas")])
def test_df_gives_a_frame_and_shows_it(kernel: Kernel, option: str, kind: str):
    kernel.ok(f"kit = FakeKit([{PEOPLE}])")
    cell = kernel.ok(f"%%racto --model kit {option} --into people\nwho?")
    assert kernel.value("type(people.df).__module__.partition('.')[0]") == kind
    assert kernel.value("list(people.df['age'])") == [25, 63]
    assert cell.kinds[-1] == "update_display_data"
    assert "<table" in cell.html
    assert "Ann" in cell.html
    assert "rows" not in cell.html


def test_df_with_as_gives_instances_and_a_frame(kernel: Kernel):
    kernel.ok(f"kit = FakeKit([{PEOPLE}])")
    kernel.ok("%%racto --model kit --df --as Person\nwho?")
    assert kernel.value("[type(row).__name__ for row in _racto.parsed]") == ["Person", "Person"]
    assert kernel.value("_racto.df['name'].to_list()") == ["Ann", "Tom"]


def test_a_result_shown_by_its_name_is_the_answer_with_its_footer(kernel: Kernel):
    kernel.ok("kit = FakeKit(['**bold** words'])")
    kernel.ok("%%racto --model kit --quiet\nhi")
    cell = kernel.ok("_racto")
    assert cell.kinds == ["execute_result"]
    assert "<strong>bold</strong>" in cell.html
    assert "fake:fake-model" in cell.text


def test_a_value_inserted_by_braces_arrives_at_the_model(kernel: Kernel):
    kernel.ok("kit = FakeKit(['x'])\nrows = [{'name': 'Ann'}]")
    kernel.ok("%%racto --model kit\nGreet {{rows[0]['name']}}, {keep} this")
    assert "Greet Ann, {keep} this" in str(kernel.value("kit.calls[0]"))


def test_a_conversation_goes_on_until_it_is_begun_anew(kernel: Kernel):
    kernel.ok("kit = FakeKit(['one', 'two', 'three'])")
    for line, question in (("", "first"), ("", "second"), ("--new", "third")):
        kernel.ok(f"%%racto --model kit --history chat {line}\n{question} question")
    second, third = (str(kernel.value(f"kit.calls[{index}]")) for index in (1, 2))
    assert "first question" in second
    assert "one" in second
    assert "first question" not in third
    assert kernel.ok("%racto history chat").text.count("question") == 1


def test_forgetting_a_conversation_forgets_it(kernel: Kernel):
    kernel.ok("kit = FakeKit(['one', 'two'])")
    kernel.ok("%%racto --model kit --history other\nfirst question")
    assert "other" in kernel.ok("%racto history").text
    assert "other" in kernel.ok("%racto reset other").text
    kernel.ok("%%racto --model kit --history other\nsecond question")
    assert "first question" not in str(kernel.value("kit.calls[1]"))


def test_every_verb_runs_and_shows_one_thing(kernel: Kernel):
    for verb in VERBS:
        cell = kernel.ok(f"%racto {verb}")
        shown = [kind for kind in cell.kinds if not kind.startswith("comm_")]
        # A widget has its twin below it.
        assert shown == ["display_data"] * (2 if verb in {"chat", "prompt"} else 1), verb


def test_no_verb_is_help_and_help_names_every_verb(kernel: Kernel):
    shown = kernel.ok("%racto").text
    assert all(f"%racto {verb}" in shown for verb in VERBS)


def test_use_chooses_the_model_of_the_cells_that_follow(kernel: Kernel):
    kernel.ok("kit = FakeKit(['chosen'])")
    kernel.ok("%racto use kit")
    kernel.ok("%%racto\nhi")
    assert kernel.value("_racto.text") == "chosen"
    assert "kit ←" in kernel.ok("%racto models").text
    kernel.ok("%config RactoMagics.model = 'embedded:qwen2.5-coder-0.5b'")


def test_config_lists_and_sets_the_settings(kernel: Kernel):
    listed = kernel.ok("%config RactoMagics").written("stdout")
    assert all(name in listed for name in ("model", "temperature", "max_tokens", "timeout", "display", "budget"))
    kernel.ok("%config RactoMagics.temperature = 0.5\nkit = FakeKit(['x'])")
    kernel.ok("%%racto --model kit\nhi")
    kernel.ok("%config RactoMagics.temperature = 0.0")
    assert kernel.value("kit.calls[0]['temperature']") == 0.5


def test_the_help_of_the_magic_lists_every_option(kernel: Kernel):
    cell = kernel.ok("%%racto?")
    assert cell.reply is not None
    shown = cell.reply["payload"][0]["data"]["text/plain"]
    assert [name for name in option_names() if name not in shown] == []


def test_the_body_is_not_expanded_by_ipython(kernel: Kernel):
    kernel.ok("kit = FakeKit(['x'])\nname = 'expanded'")
    kernel.ok("%%racto --model kit\n$name {name} ${HOME} !ls %cd ?")
    assert "$name {name} ${HOME} !ls %cd ?" in str(kernel.value("kit.calls[0]"))


@pytest.mark.model
def test_the_embedded_model_fills_a_class(kernel: Kernel):
    kernel.ok(f"%%racto --model {SMALL} --as Person --max-tokens 100\nAnn is 25 years old.")
    assert kernel.value("type(_racto.parsed).__name__") == "Person"
    assert kernel.value("_racto.cost") == 0.0


def test_loading_twice_keeps_the_conversations_and_unloading_takes_the_magics_away(tmp_path):
    with running_kernel(tmp_path / "own") as kernel:
        kernel.ok("kit = FakeKit(['one'])")
        kernel.ok("%%racto --model kit --history chat\nfirst question")
        kernel.ok("%load_ext racto_nb\n%load_ext racto_nb")
        kernel.ok("%load_ext racto_nb")
        assert "chat" in kernel.ok("%racto history").text
        kernel.ok("%unload_ext racto_nb")
        assert "not found" in kernel.run("%%racto\nhi").written("stderr")
        kernel.ok("%load_ext racto_nb")
        assert kernel.ok("%racto help").kinds == ["display_data"]


def test_loading_the_extension_imports_no_provider_and_no_frame_library(tmp_path):
    with running_kernel(tmp_path / "own", load="%load_ext racto_nb") as kernel:
        heavy = ("pandas", "polars", "plotly", "duckdb", "xllamacpp", "onnxruntime", "pydantic")
        assert kernel.value(f"[name for name in {heavy!r} if name in __import__('sys').modules]") == []
