"""docs/capabilities.md is what the contracts and the catalogue say: written from them, and held against them.

    RACTO_WRITE=1 python -m pytest tests/contracts/test_capabilities_page.py

writes it again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from contracts.kit_table import KITS, THE_SCRIPT_DECIDES, KitEntry
from contracts.served_table import SERVED, Served
from contracts.store_capabilities import CASES as STORE_CASES
from contracts.store_capabilities import stores_part

from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit
from racto_nb.exceptions import UnsupportedError
from racto_nb.providers.wire import Abilities
from racto_nb.testing import FakeKit

PAGE = Path(__file__).resolve().parents[2] / "docs" / "capabilities.md"
WRITE = "RACTO_WRITE=1 python -m pytest tests/contracts/test_capabilities_page.py"
ALIASES = {
    "OpenAI": "gpt",
    "Anthropic": "claude",
    "Google": "gemini",
    "Ollama": "local",
    "HuggingFace": "hf",
    "Embedded": "embedded",
}

INTRODUCTION = f"""\
# What each kit can do

Written by the tests from what they assert of each kit and from the model catalogue. Do not edit it: `{WRITE}` writes it again.

*yes*: it works, by a test or by what the provider says of the model. *no*: there is nothing of the kind, and where it can be asked
for, the answer is an UnsupportedError before anything is sent. *by model*: nobody knows beforehand, so the wish is sent and the server
decides. *n/a*: it means nothing here.

The table is that of the model in its first line; `racto-nb models` lists the others. The columns are the kits as the guides import
them (`from racto_nb import openai_developer_kit as gpt`); `gpt` chooses between its two APIs itself, by address and by wish. All
methods exist in both colours: `chat` and `achat`, `stream` and `astream`, `embed` and `aembed`.
"""
KINDS = """\
## Cases that do not hold

Each kit runs the same cases. These do not hold for it; one that holds after all fails the tests, so the list is true. *never*: it
makes no sense there. *notyet*: the provider cannot, yet. *notimpl*: racto_nb could, and does not yet.
"""


@dataclass(frozen=True)
class Column:
    """A kit with its marks in both tables, and what it says of its models. A kit that is not behind HTTP is not `served`."""

    entry: KitEntry
    served: Served | None
    model: str
    able: Abilities
    embedding: Abilities | None

    @property
    def title(self) -> str:
        name = self.entry.kit_class.__name__.removesuffix("DeveloperKit")
        return f"`{ALIASES[name]}`{f' {self.entry.variant}' if self.entry.variant else ''}"


Cell = Callable[[Column], str]


def columns() -> Iterator[Column]:
    """The kits of the package but FakeKit, which answers from a script."""
    for entry in KITS:
        if entry.kit_class is FakeKit:
            continue
        served = [each for each in SERVED if each.kit_class is entry.kit_class and each.name.endswith(entry.variant)]
        with ExitStack() as room:
            kit = EmbeddedDeveloperKit() if entry.kit_class is EmbeddedDeveloperKit else entry.make(room)
            specs, embedding = kit._provider.specs, None
            if "test_vectors_come_in_the_order_of_the_texts" not in entry.gaps:
                embedding = specs.embedding_spec(kit._settings.embedding_model).abilities
            yield Column(entry, served[0] if served else None, kit.model, specs.chat_spec(kit.model).abilities, embedding)


def told(value: bool | None) -> str:
    return {True: "yes", False: "no", None: "by model"}[value]


def shown(case: str) -> Cell:
    """Whether a case of the suite of all kits holds."""
    return lambda column: told(case not in column.entry.gaps)


def over_http(case: str, able: Callable[[Abilities], bool | None] = lambda able: True) -> Cell:
    """Whether a case of the kits behind HTTP holds, where the model is `able` to."""

    def cell(column: Column) -> str:
        if able(column.able) is False:
            return "no"
        if column.served is None:
            return "n/a"
        return told(able(column.able) if case not in column.served.gaps else False)

    return cell


def fact(name: str) -> Cell:
    return lambda column: told(getattr(column.able, name))


def extra(key: str, case: str = "") -> Cell:
    """Whether `extra[key]` is taken: by the kit, and where the contracts have a `case` of it, by the API too."""

    def cell(column: Column) -> str:
        gap = column.entry.gaps.get(case)
        return told(key in column.able.extras and not (gap and gap.raises is UnsupportedError))

    return cell


def dimensions(column: Column) -> str:
    return "no" if column.embedding is None else told(column.embedding.dimensions)


def thinking(column: Column) -> str:
    hidden = column.served is not None and column.served.thinking is None
    return "not shown" if hidden else told(column.able.thinking)


ROWS: dict[str, Cell] = {
    "model": lambda column: f"`{column.model}`",
    "`chat`": shown("test_a_chat_gives_text_a_reason_to_stop_usage_and_the_models_name"),
    "`stream`": shown("test_a_stream_has_exactly_one_final_chunk_its_last"),
    "`embed`": shown("test_vectors_come_in_the_order_of_the_texts"),
    "… with `dimensions=`": dimensions,
    "`tools=`": fact("tools"),
    "`auto_execute_tools=True`": over_http("test_a_conversation_with_tools_ends_with_the_answer", lambda able: able.tools),
    "`response_model=`": shown("test_a_response_model_gives_the_dump_of_a_valid_instance"),
    "… asked for natively": fact("json_schema"),
    "images": fact("images"),
    "PDF": fact("documents"),
    "text files": fact("text_files"),
    "`native_thinking=True`": thinking,
    "`temperature=`": fact("sampling"),
    "probabilities of tokens": fact("logprobs"),
    '`extra={"seed": …}`': extra("seed", "test_a_seed_repeats_a_sampled_answer"),
    '`extra={"stop": …}`': extra("stop", "test_the_answer_ends_before_a_stop_word"),
    '`extra={"top_p": …}`': extra("top_p"),
    '`extra={"labels": …}`': extra("labels", "test_an_answer_with_labels_is_one_of_them"),
    "cached and reasoning tokens": over_http("test_cached_and_reasoning_tokens_are_counted_and_totals_are_sums"),
}


def sentence(case: str) -> str:
    """A test's name as words: a part of its cases stands behind a colon."""
    name, _, part = case.removeprefix("test_").partition(":")
    words = name.replace("_", " ")
    return f"{words[0].upper()}{words[1:]}{f' ({part})' if part else ''}"


def gaps_of(column: Column) -> list[str]:
    gaps = {case: gap for case, gap in column.entry.gaps.items() if gap is not THE_SCRIPT_DECIDES}
    known = [f"* {sentence(case)}: {gap.reason} (*{gap.kind}*)." for case, gap in gaps.items()]
    served = column.served.gaps if column.served is not None else {}
    return known + [f"* {sentence(case)}: {reason} (*never*)." for case, reason in served.items()]


def up_to_the_script() -> str:
    """The cases that only a kit with a real model can show."""
    cases = {case for kit in columns() for case, gap in kit.entry.gaps.items() if gap is THE_SCRIPT_DECIDES}
    listed = "\n".join(f"* {sentence(case)}." for case in sorted(cases))
    return f"Shown with a model in this process only, since {THE_SCRIPT_DECIDES.reason}:\n\n{listed}\n"


def page() -> str:
    """The whole page."""
    kits = list(columns())
    lines = [["", *(kit.title for kit in kits)], ["---"] * (len(kits) + 1)]
    lines += [[name, *(cell(kit) for kit in kits)] for name, cell in ROWS.items()]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    gaps = "\n\n".join(f"### {kit.title}\n\n" + "\n".join(gaps_of(kit) or ["All cases hold."]) for kit in kits)
    return f"{INTRODUCTION}\n{table}\n\n{KINDS}\n{up_to_the_script()}\n{gaps}\n\n{stores_part()}"


@pytest.fixture(autouse=True)
def _only_the_catalogue_of_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "catalog.toml"
    own.write_text("")
    monkeypatch.setenv("RACTO_CATALOG_FILE", str(own))


def test_the_page_is_what_the_contracts_and_the_catalogue_say():
    written = page()
    if os.environ.get("RACTO_WRITE") == "1":
        PAGE.write_text(written, encoding="utf-8")
    there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert there == written, f"docs/capabilities.md is not what the tests say by now. Write it again: {WRITE}"


def test_every_kit_behind_http_has_one_column_with_its_marks():
    assert [kit.served.name for kit in columns() if kit.served is not None] != []
    assert {kit.served.name for kit in columns() if kit.served is not None} == {served.name for served in SERVED}


def test_every_case_that_the_table_reads_exists():
    read = "\n".join(
        path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)
    )
    own = Path(__file__).read_text(encoding="utf-8")
    cases = {word.strip('"(),:') for word in own.split() if word.strip('"(),:').startswith("test_")}
    assert [case for case in cases | set(STORE_CASES.values()) if f"def {case}(" not in read + own] == []
