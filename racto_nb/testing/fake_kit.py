"""A kit that answers from a script, over the same flows as the real kits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from racto_nb.budgets.budget import Budget
from racto_nb.flow.retrying import RetryPolicy
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Step, Steps
from racto_nb.kits.resolving import KitSettings
from racto_nb.models.response import LLMResponse
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.providers.wire import Abilities, Provider
from racto_nb.testing.replies import FakeReply
from racto_nb.testing.scripted import FakePort, FakeSpecs, FakeWire, checked_replies

FAKE_EXTRAS = frozenset({"labels", "seed", "stop", "top_p"})


class FakeKit(DeveloperKit):
    """A kit that answers from a script, over the same flows as the real kits.

    `replies` holds texts, `FakeReply`s, `LLMResponse`s or exceptions to raise; each call takes the next one, and the last is
    repeated when `repeat_last` (else UsageError says that the script has ended). `calls` lists the resolved requests as sent:
    dicts with `messages` (those of tools with the keys that they need), `temperature`, `max_tokens`, `extra`, `attachments` (name
    and MIME type of each, those that stand as text in the messages included), the names of the `tools`, `thinking` (its budget or
    None) and the name of the `response_model`. `embed_calls` lists the dicts with `texts` and `dimensions` that `embed` sent: it
    gives every text a fixed vector of `dimensions` numbers computed from its words, so that texts sharing words lie near each
    other. `exact_cache`, `semantic_cache`, `router` and `truncator` are steps, as in all kits.

    >>> from racto_nb.models import ChatConfig
    >>> kit = FakeKit(["4"])
    >>> kit.chat(ChatConfig(user_message="What is 2 + 2?")).content
    '4'
    >>> kit.calls[0]["messages"]
    [{'role': 'user', 'content': 'What is 2 + 2?'}]
    """

    provider: ClassVar[str] = "fake"

    def __init__(
        self,
        replies: Iterable[str | FakeReply | LLMResponse | Exception] = (),
        *,
        model: str = "fake-model",
        default_prompt: RactoPrompt | None = None,
        require_prompt: bool = False,
        abilities: Abilities | None = None,
        repeat_last: bool = False,
        dimensions: int = 64,
        retry: RetryPolicy | None = None,
        timeout: float | None = None,
        exact_cache: Step | None = None,
        semantic_cache: Step | None = None,
        router: Step | None = None,
        truncator: Step | None = None,
        budget: Budget | None = None,
    ) -> None:
        self._port = FakePort(checked_replies(replies), repeat_last=repeat_last)
        able = abilities or Abilities(json_schema=True, tools=True, embeddings=True, dimensions=True, extras=FAKE_EXTRAS)
        self._embed_port = FakePort([], repeat_last=False)
        provider = Provider("fake", FakeWire(dimensions), self._port, self._embed_port, FakeSpecs(able))
        settings = KitSettings(
            model=model,
            embedding_model="fake-embedding",
            default_prompt=default_prompt,
            require_prompt=require_prompt,
            timeout=timeout,
            budget=budget,
            retry=retry or RetryPolicy(retries=0),
            steps=Steps(exact_cache=exact_cache, semantic_cache=semantic_cache, router=router, truncator=truncator),
        )
        super().__init__(provider, settings)

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What was sent, oldest first."""
        return self._port.calls

    @property
    def embed_calls(self) -> list[dict[str, Any]]:
        """What was sent to be embedded, oldest first."""
        return self._embed_port.calls

    @property
    def open_streams(self) -> int:
        """How many answers are being given at this moment."""
        return self._port.open_streams
