"""The documents' own code blocks on prompts and files, run with only the package name replaced.

They are read from the shared specification and skipped where it is missing; `test_prompts_as_documented.py` needs nothing.
Changed beside the name, for each block what `Block` says: paths under /path/to lead to files made here, `requests` is a module of
ours that answers without a network, and lines on kits, gateways and batches are cut, since those have tests of their own.
"""

from __future__ import annotations

import ast
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from shared_material import MISSING, shared_path

import racto_nb
from racto_nb.prompts.engine import RactoFile, RactoPrompt

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01 a very small photo"
# The root exports its names lazily; until it knows this one, the block reads it from where the documents also import it.
ROOT = "racto_nb" if hasattr(racto_nb, "RactoPrompt") else "racto_nb.prompts.engine"


@dataclass(frozen=True)
class Block:
    """A code block: what of it is replaced, and the line before which it is cut."""

    replaced: tuple[tuple[str, str], ...] = ()
    ends_before: str | None = None


ROOT_IMPORT = (("from ractogateway import", f"from {ROOT} import"),)
BLOCKS = {
    # The kit that block 1 makes and asks is cut.
    1: Block((("openai_developer_kit as gpt, ", ""), *ROOT_IMPORT), ends_before="# 2. Create"),
    2: Block(ROOT_IMPORT),
    3: Block(),
    4: Block(),
    5: Block(),
    29: Block(),
    30: Block(ROOT_IMPORT),
    # The batch that block 88 submits is cut.
    88: Block((("from ractogateway import openai_developer_kit as gpt\n", ""),), ends_before="processor ="),
}
PRINTED = {31: "openai", 32: "anthropic", 33: "google"}


@pytest.fixture(scope="module")
def shared() -> Path:
    folder = shared_path()
    if folder is None:
        pytest.skip(MISSING)
    return folder


@pytest.fixture(scope="module")
def originals(shared: Path) -> dict[int, str]:
    blocks = json.loads((shared / "spec" / "snippets.json").read_text(encoding="utf-8"))
    return {block["id"]: block["code"] for block in blocks}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with the files that the blocks open, and a `requests` without a network."""
    for name in ("photo.jpg", "report.pdf", "notes.txt", "chart.png", "sales_q4.png"):
        (tmp_path / name).write_bytes(name.encode())
    monkeypatch.chdir(tmp_path)
    requests = ModuleType("requests")
    requests.get = lambda url: SimpleNamespace(content=f"the bytes of {url}".encode())
    monkeypatch.setitem(sys.modules, "requests", requests)
    return tmp_path


def run(number: int, originals: dict[int, str], desk: Path) -> dict[str, Any]:
    """The names that the block leaves behind. Blocks 3 to 5 go on from the names of the ones before them."""
    block, code = BLOCKS[number], originals[number]
    for old, new in block.replaced:
        assert old in code, f"block {number} does not contain {old!r}"
        code = code.replace(old, new)
    if block.ends_before is not None:
        assert block.ends_before in code
        code = code.partition(block.ends_before)[0]
    code = code.replace("ractogateway", "racto_nb").replace("/path/to", str(desk))
    names: dict[str, Any] = {"RactoPrompt": RactoPrompt, "__name__": "block"}
    if number == 5:
        names |= run(2, originals, desk)
    exec(compile(code, f"block {number}", "exec"), names)
    return names


@pytest.mark.parametrize("number", [number for number in BLOCKS if number not in {5, 29}])
def test_a_block_that_makes_a_prompt_runs(number: int, originals: dict[int, str], desk: Path):
    prompt = run(number, originals, desk)["prompt"]
    assert isinstance(prompt, RactoPrompt)
    assert prompt.compile().startswith(f"[ROLE]\n{prompt.role}\n\n[AIM]\n{prompt.aim}\n")


def compiled_in(documents: Path, start: str) -> str:
    """The compiled text that the documents print, from the line `start` to the end of its block."""
    (text,) = [page.read_text(encoding="utf-8") for page in sorted(documents.glob("000*.txt"))]
    block = text.partition(f"\n{start}")[2]
    return (start + block).partition("\n\nPydantic Model as")[0].partition("\n\nFew-Shot")[0].rstrip("\n") + "\n"


def test_block_2_compiles_to_the_text_that_the_documents_print(shared: Path, originals: dict[int, str], desk: Path):
    printed = compiled_in(shared / "spec" / "docs", "[ROLE]\nYou are a senior")
    assert run(2, originals, desk)["prompt"].compile() == printed


def test_block_3_prints_the_output_section_of_the_documents(
    shared: Path, originals: dict[int, str], desk: Path, capsys: pytest.CaptureFixture[str]
):
    printed = compiled_in(shared / "spec" / "docs", "[OUTPUT]\nRespond ONLY with valid JSON that")
    run(3, originals, desk)
    assert printed in capsys.readouterr().out


def test_block_5_makes_the_messages_that_it_shows(originals: dict[int, str], desk: Path):
    names = run(5, originals, desk)
    shown = ast.literal_eval("\n".join(line.lstrip("# ") for line in originals[5].partition("# Output:\n")[2].splitlines()))
    assert as_printed(names["messages"], names["prompt"]) == shown


def test_block_29_reads_files_from_paths_bytes_and_a_download(originals: dict[int, str], desk: Path):
    names = run(29, originals, desk)
    found = {name: names[name].mime_type for name in ("img", "doc", "txt", "chart", "diagram")}
    assert found == {
        "img": "image/jpeg",
        "doc": "application/pdf",
        "txt": "text/plain",
        "chart": "image/png",
        "diagram": "image/png",
    }
    assert names["diagram"].data == b"the bytes of https://example.com/diagram.png"


def test_block_30_makes_the_messages_that_it_shows(originals: dict[int, str], desk: Path):
    names = run(30, originals, desk)
    system, user = names["messages"]
    assert system["content"] == names["prompt"].compile()
    assert [part["type"] for part in user["content"]] == ["image_url", "text"]
    assert user["content"][0]["image_url"]["url"].startswith("data:image/png;base64,")
    assert user["content"][1]["text"] == "What does this chart show?"


@pytest.mark.parametrize("number", PRINTED)
def test_the_blocks_for_each_provider_are_those_that_the_documents_print(number: int, originals: dict[int, str]):
    prompt = RactoPrompt(role="You see.", aim="Describe.", constraints=["Be brief."], tone="Calm", output_format="text")
    photo = RactoFile.from_bytes(JPEG, "image/jpeg", name="photo.jpg")
    messages = prompt.to_messages("Describe the image.", attachments=[photo], provider=PRINTED[number])
    assert as_printed(messages, prompt, photo) == as_printed(ast.literal_eval(originals[number]), prompt)


def as_printed(value: Any, prompt: RactoPrompt, file: RactoFile | None = None) -> Any:
    """Messages with the placeholders of the documents in place of the compiled prompt and of a file's bytes."""
    match value:
        case dict():
            return {key: as_printed(item, prompt, file) for key, item in value.items()}
        case list():
            return [as_printed(item, prompt, file) for item in value]
        case str() if value in {prompt.compile(), "<compiled RACTO prompt>"}:
            return "<compiled RACTO system prompt>"
        case str() if file is not None and file.base64_data in value:
            assert file.base64_data.startswith("/9j/4AAQSkZJRgAB")
            return value.replace(file.base64_data, "/9j/4AAQSkZJRgAB...")
        case _:
            return value
