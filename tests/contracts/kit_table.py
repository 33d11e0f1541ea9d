"""Every kit, how a test makes one, and its gaps. A later kit is one more entry.

A gap is a case of `test_kits.py` that the kit does not pass, with a kind and the error that shows it: `notimpl` (we could),
`notyet` (the provider cannot, yet), `never` (it makes no sense there). Gaps are strict: a case that passes after all fails.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from racto_nb.anthropic_developer_kit import AnthropicDeveloperKit
from racto_nb.embedded_developer_kit import EmbeddedDeveloperKit
from racto_nb.exceptions import RactoGatewayError, UnsupportedError
from racto_nb.google_developer_kit import GoogleDeveloperKit
from racto_nb.huggingface_developer_kit import HuggingFaceDeveloperKit
from racto_nb.kits.kit import DeveloperKit
from racto_nb.ollama_developer_kit import OllamaDeveloperKit
from racto_nb.openai_developer_kit import OpenAIDeveloperKit
from racto_nb.testing import FakeKit, FakeProvider

GapKind = Literal["notimpl", "notyet", "never"]


@dataclass(frozen=True)
class Gap:
    """Why a case does not hold, and what is raised instead."""

    kind: GapKind
    reason: str
    raises: type[BaseException]


@dataclass(frozen=True)
class KitEntry:
    """`make(room, says, **options)` gives a kit; kits that answer from a script answer with `says`, real ones with what they think.

    What a kit needs beside it (a server, say) is put into `room`, which is closed after the test. `variant` tells several entries
    of one class apart.
    """

    kit_class: type[DeveloperKit]
    make: Callable[..., DeveloperKit]
    gaps: Mapping[str, Gap] = field(default_factory=dict)
    marks: tuple[pytest.MarkDecorator, ...] = ()
    variant: str = ""

    @property
    def name(self) -> str:
        return f"{self.kit_class.__name__}{f', {self.variant}' if self.variant else ''}"


def never(reason: str, raises: type[BaseException] = AssertionError) -> Gap:
    return Gap("never", reason, raises)


def notyet(reason: str, raises: type[BaseException] = RactoGatewayError) -> Gap:
    return Gap("notyet", reason, raises)


def notimpl(reason: str, raises: type[BaseException] = RactoGatewayError) -> Gap:
    return Gap("notimpl", reason, raises)


def _fake(room: ExitStack, says: Sequence[Any] = ("Hello there, friend",), **options: Any) -> FakeKit:
    return FakeKit(says, repeat_last=True, **options)


@functools.cache
def _small_model() -> EmbeddedDeveloperKit:
    """Kept, so that the model is loaded once for all tests."""
    return EmbeddedDeveloperKit("smollm2-135m", context=1024)


def _embedded(room: ExitStack, says: Sequence[Any] = (), **options: Any) -> EmbeddedDeveloperKit:
    _small_model()._provider.chat_port._hosted("smollm2-135m", _small_model()._provider.chat_port.reporter)
    return EmbeddedDeveloperKit("smollm2-135m", context=1024, **options)


def _openai(api: Literal["responses", "chat"], model: str) -> Callable[..., DeveloperKit]:
    def made(room: ExitStack, says: Sequence[Any] = ("Hello there, friend",), **options: Any) -> OpenAIDeveloperKit:
        server = room.enter_context(FakeProvider(says, repeat_last=True))
        address = {"api_key": "sk-of-the-contracts", "base_url": server.base_url("openai")}
        kit = OpenAIDeveloperKit(model, api=api, **address, **options)
        room.callback(kit.close)
        return kit

    return made


def _anthropic(room: ExitStack, says: Sequence[Any] = ("Hello there, friend",), **options: Any) -> AnthropicDeveloperKit:
    server = room.enter_context(FakeProvider(says, repeat_last=True))
    kit = AnthropicDeveloperKit(api_key="sk-of-the-contracts", base_url=server.base_url("anthropic"), **options)
    room.callback(kit.close)
    return kit


def _google(room: ExitStack, says: Sequence[Any] = ("Hello there, friend",), **options: Any) -> GoogleDeveloperKit:
    server = room.enter_context(FakeProvider(says, repeat_last=True))
    kit = GoogleDeveloperKit(api_key="AIza-of-the-contracts", base_url=server.base_url("google"), **options)
    room.callback(kit.close)
    return kit


def _ollama(room: ExitStack, says: Sequence[Any] = ("Hello there, friend",), **options: Any) -> OllamaDeveloperKit:
    server = room.enter_context(FakeProvider(says, repeat_last=True))
    kit = OllamaDeveloperKit(base_url=server.base_url("ollama"), **options)
    room.callback(kit.close)
    return kit


def _huggingface(room: ExitStack, says: Sequence[Any] = ("Hello there, friend",), **options: Any) -> HuggingFaceDeveloperKit:
    server = room.enter_context(FakeProvider(says, repeat_last=True))
    kit = HuggingFaceDeveloperKit(api_key="hf_of_the_contracts", base_url=server.base_url("huggingface"), **options)
    room.callback(kit.close)
    return kit


THE_SCRIPT_DECIDES = never("what a scripted provider answers is up to its script")
NO_LABELS = never("an engine that chooses among labels has them; here a response model with a Literal does it", UnsupportedError)
NO_SEED = never(
    "Responses has no seed; Chat Completions is asked for such wishes, which api='responses' forbids", UnsupportedError
)
CLAUDE_HAS_NO_SEED = never("Anthropic has no seed, and no model of its takes a temperature any more", UnsupportedError)
CLAUDE_SUGGESTS_NO_SEED = never("Anthropic has no seed that could be meant")
NO_EMBEDDINGS = never("Anthropic has no embeddings; the error names the kits that have them", UnsupportedError)
NO_STOP = never("Responses has no stop words, which api='responses' insists on", UnsupportedError)

KITS = (
    KitEntry(
        FakeKit,
        _fake,
        gaps={
            "test_the_answer_ends_before_a_stop_word": THE_SCRIPT_DECIDES,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": THE_SCRIPT_DECIDES,
        },
    ),
    KitEntry(EmbeddedDeveloperKit, _embedded, marks=(pytest.mark.model,)),
    KitEntry(
        OpenAIDeveloperKit,
        _openai("responses", "gpt-6-luna"),
        variant="Responses",
        gaps={
            "test_a_stream_says_what_a_chat_says": NO_SEED,
            "test_a_seed_repeats_a_sampled_answer": NO_SEED,
            "test_the_answer_ends_before_a_stop_word": NO_STOP,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": NO_LABELS,
        },
    ),
    KitEntry(
        OpenAIDeveloperKit,
        _openai("chat", "a-local-model"),
        variant="Chat Completions",
        gaps={
            "test_the_answer_ends_before_a_stop_word": THE_SCRIPT_DECIDES,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": NO_LABELS,
        },
    ),
    KitEntry(
        AnthropicDeveloperKit,
        _anthropic,
        gaps={
            "test_a_stream_says_what_a_chat_says": CLAUDE_HAS_NO_SEED,
            "test_a_seed_repeats_a_sampled_answer": CLAUDE_HAS_NO_SEED,
            "test_an_unknown_extra_is_refused_with_the_nearest_name": CLAUDE_SUGGESTS_NO_SEED,
            "test_the_answer_ends_before_a_stop_word": THE_SCRIPT_DECIDES,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": NO_LABELS,
            "test_vectors_come_in_the_order_of_the_texts": NO_EMBEDDINGS,
            "test_all_vectors_have_one_size_and_length_one": NO_EMBEDDINGS,
        },
    ),
    KitEntry(
        GoogleDeveloperKit,
        _google,
        gaps={
            "test_the_answer_ends_before_a_stop_word": THE_SCRIPT_DECIDES,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": NO_LABELS,
        },
    ),
    KitEntry(
        HuggingFaceDeveloperKit,
        _huggingface,
        gaps={
            "test_the_answer_ends_before_a_stop_word": THE_SCRIPT_DECIDES,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": NO_LABELS,
        },
    ),
    KitEntry(
        OllamaDeveloperKit,
        _ollama,
        gaps={
            "test_the_answer_ends_before_a_stop_word": THE_SCRIPT_DECIDES,
            "test_max_tokens_ends_the_answer_and_says_so": THE_SCRIPT_DECIDES,
            "test_an_answer_with_labels_is_one_of_them": NO_LABELS,
        },
    ),
)
