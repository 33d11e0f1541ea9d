"""The table of the documents' code blocks holds all of them, and stays true as the package grows."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path

import pytest
from spec.originals import originals
from spec.table_of_blocks import RUN_HERE

KIT_MODULES = [f"{name}_developer_kit" for name in ("openai", "google", "anthropic", "ollama", "huggingface", "embedded")]
ALWAYS = {
    "Chat",
    "ChatConfig",
    "Message",
    "MessageRole",
    "LLMResponse",
    "FinishReason",
    "ToolCallResult",
    "StreamChunk",
    "StreamDelta",
    "ExactMatchCache",
    "SemanticCache",
}
OF_EMBEDDINGS = {"EmbeddingConfig", "EmbeddingResponse", "EmbeddingVector"}
OF_BATCHES = {"BatchItem", "OpenAIBatchProcessor"}
IN_A_NAME = re.compile(r"^def test_blocks?_(?P<numbers>\d+(?:_\d+)*)_[a-z]", re.MULTILINE)


def is_there(name: str) -> bool:
    """Whether `module:name` can be imported. A module of ours that is there but breaks is an error."""
    module, _, attribute = name.partition(":")
    try:
        return hasattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if not str(error.name).startswith("racto_nb"):
            raise
        return False


def run_in(concern: str) -> set[int]:
    """The blocks that the tests of one concern name."""
    text = Path(__file__).with_name(f"test_blocks_on_{concern}.py").read_text(encoding="utf-8")
    return {int(number) for match in IN_A_NAME.finditer(text) for number in match["numbers"].split("_")}


def test_every_block_is_run():
    assert set(RUN_HERE) == set(originals())


@pytest.mark.parametrize("number", RUN_HERE)
def test_a_block_that_is_run_has_a_test_in_the_file_of_its_concern(number: int):
    assert number in run_in(RUN_HERE[number].concern)


def test_no_test_names_a_block_that_the_table_does_not_list():
    files = Path(__file__).parent.glob("test_blocks_on_*.py")
    named = {number for file in files for number in run_in(file.stem.removeprefix("test_blocks_on_"))}
    assert named == set(RUN_HERE)


@pytest.mark.parametrize("number", RUN_HERE)
def test_all_that_a_block_imports_is_there_under_the_same_name(number: int):
    """Also what a block imports and does not use."""
    tree = ast.parse(originals()[number].code.replace("ractogateway", "racto_nb"))
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and str(node.module).startswith("racto_nb")]
    assert [name.name for node in imported for name in node.names if not is_there(f"{node.module}:{name.name}")] == []


@pytest.mark.parametrize("kit", KIT_MODULES)
def test_all_that_the_blocks_take_from_a_kit_is_there(kit: str):
    """What blocks take from one kit, every kit has: the documents swap one for the other. Embeddings and batches are not everywhere."""
    taken = {
        name
        for number in RUN_HERE
        for name in re.findall(r"\b(?:gpt|gemini|claude|local|hf)\.([A-Z]\w+)", originals()[number].code)
    }
    wanted = (taken | ALWAYS | OF_EMBEDDINGS) - {"OllamaServerManager"} - OF_BATCHES
    if kit == "openai_developer_kit":
        wanted |= OF_BATCHES
    if kit == "anthropic_developer_kit":
        wanted -= OF_EMBEDDINGS
    if kit == "ollama_developer_kit":
        wanted |= {"OllamaServerManager"}
    assert [name for name in sorted(wanted) if not is_there(f"racto_nb.{kit}:{name}")] == []
