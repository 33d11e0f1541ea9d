"""What a model cannot do is refused before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from racto_nb.exceptions import UnsupportedError
from racto_nb.models import ChatConfig, EmbeddingConfig, Message
from racto_nb.prompts.files import RactoFile
from racto_nb.providers.abilities import refuse_unsupported, refuse_unsupported_embedding
from racto_nb.providers.wire import Abilities, FileLimits, ModelSpec

PNG = RactoFile(b"x", "image/png", name="photo.png")
PDF = RactoFile(b"x", "application/pdf", name="report.pdf")
TEXT = RactoFile(b"x", "text/plain", name="notes.txt")
ZIP = RactoFile(b"x", "application/zip", name="all.zip")


class Tools:
    """One tool."""

    schemas = ()

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __contains__(self, name: object) -> bool:
        return False

    def get_callable(self, name: str) -> None:
        return None

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return dict(arguments)


def ask(**fields: object) -> ChatConfig:
    return ChatConfig(user_message="Hi", **fields)


LIMITS = FileLimits(image=4_000, document=8_000, together=10_000)


def test_a_file_beyond_the_limit_is_refused_with_the_limit():
    able = {"images": True, "documents": True, "files": LIMITS}
    refuse_unsupported(ask(attachments=[RactoFile(b"x" * 3_000, "image/png")]), spec(**able))  # 4,000 as base64
    with pytest.raises(UnsupportedError, match=r"attachment 'a\.png' \(image/png\) of 0\.0 MB\. An image may have 0\.0 MB"):
        refuse_unsupported(ask(attachments=[RactoFile(b"x" * 3_001, "image/png", name="a.png")]), spec(**able))
    with pytest.raises(UnsupportedError, match=r"A document may have 0\.0 MB as it is sent\. Split it, or attach its text"):
        refuse_unsupported(ask(attachments=[RactoFile(b"x" * 6_001, "application/pdf")]), spec(**able))


def test_files_that_are_too_much_together_are_refused_also_those_of_earlier_turns():
    files = [RactoFile(b"x" * 3_000, "image/png")] * 2
    earlier = [Message(role="user", content="Look.", attachments=[RactoFile(b"x" * 2_001, "text/plain")])]
    able = {"images": True, "files": LIMITS}
    refuse_unsupported(ask(attachments=files), spec(**able))
    with pytest.raises(UnsupportedError, match=r"3 attachments of 0\.0 MB together"):
        refuse_unsupported(ask(attachments=files, history=earlier), spec(**able))


def spec(**abilities: object) -> ModelSpec:
    return ModelSpec("maker", "small", Abilities(**abilities))


REFUSED = {
    "tools": (ask(tools=Tools(1)), {}, "tools", "a model that can call tools"),
    "native thinking": (ask(native_thinking=True), {}, "native_thinking", "chain_of_thought=True works with every model"),
    "an image": (ask(attachments=[PNG]), {}, "attachment 'photo.png' (image/png)", "takes no images"),
    "a PDF": (ask(attachments=[PDF]), {"images": True}, "attachment 'report.pdf' (application/pdf)", "takes no documents"),
    "an archive": (ask(attachments=[ZIP]), {"images": True}, "attachment 'all.zip' (application/zip)", "takes no documents"),
    "a text file": (ask(attachments=[TEXT]), {"text_files": False}, "attachment 'notes.txt' (text/plain)", "takes no text files"),
    "the second file": (ask(attachments=[TEXT, PNG]), {}, "attachment 'photo.png' (image/png)", "takes no images"),
    "a file of an earlier turn": (
        ask(history=[Message(role="user", content="Look.", attachments=[PNG])]),
        {},
        "attachment 'photo.png' (image/png)",
        "takes no images",
    ),
    "calls of tools in an earlier turn": (
        ask(history=[Message(role="tool", content="5", tool_call_id="c1")]),
        {},
        "a history with calls of tools",
        "a model that can call tools",
    ),
    "an unknown extra": (ask(extra={"sead": 1}), {"extras": frozenset({"seed"})}, "extra['sead']", "Did you mean 'seed'"),
    "any extra": (ask(extra={"seed": 1}), {}, "extra['seed']", "Remove it"),
}


@pytest.mark.parametrize(("config", "able", "wish", "hint"), REFUSED.values(), ids=REFUSED)
def test_a_wish_that_cannot_be_fulfilled_is_refused_with_an_alternative(config: ChatConfig, able: dict, wish: str, hint: str):
    with pytest.raises(UnsupportedError) as caught:
        refuse_unsupported(config, spec(**able))
    error = caught.value
    assert (error.provider, error.wish) == ("maker", wish)
    assert str(error).startswith(f"maker:small cannot do {wish}. ")
    assert hint in str(error)
    assert str(error).endswith("Nothing was sent.")


ACCEPTED = {
    "nothing special": (ask(), {}),
    "an empty set of tools": (ask(tools=Tools(0)), {}),
    "tools": (ask(tools=Tools(1)), {"tools": True}),
    "native thinking": (ask(native_thinking=True), {"thinking": True}),
    "every kind of file": (ask(attachments=[PNG, PDF, TEXT]), {"images": True, "documents": True}),
    "a known extra": (ask(extra={"seed": 1}), {"extras": frozenset({"seed"})}),
    "a response model, which the prompt can carry": (ask(response_model=ChatConfig), {}),
}


@pytest.mark.parametrize(("config", "able"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_wish_that_can_be_fulfilled_passes(config: ChatConfig, able: dict):
    refuse_unsupported(config, spec(**able))


@pytest.mark.parametrize(
    ("config", "able", "wish"),
    [
        (EmbeddingConfig(texts=["a"]), {}, "embed"),
        (EmbeddingConfig(texts=["a"], dimensions=8), {"embeddings": True}, "dimensions=8"),
        (EmbeddingConfig(texts=["a"], extra={"task": "x"}), {"embeddings": True}, "extra['task']"),
    ],
)
def test_a_wish_about_embeddings_is_refused_too(config: EmbeddingConfig, able: dict, wish: str):
    with pytest.raises(UnsupportedError, match="Nothing was sent") as caught:
        refuse_unsupported_embedding(config, spec(**able))
    assert caught.value.wish == wish


def test_extras_of_embeddings_pass_where_the_provider_knows_them():
    refuse_unsupported_embedding(
        EmbeddingConfig(texts=["a"], extra={"user": "u"}), spec(embeddings=True, extras=frozenset({"user"}))
    )


def test_dimensions_pass_where_they_can_be_chosen():
    refuse_unsupported_embedding(EmbeddingConfig(texts=["a"], dimensions=8), spec(embeddings=True, dimensions=True))
