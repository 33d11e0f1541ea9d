"""ListClassifierPipeline: a text in, the options that fit it out. Kind: flow."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from enum import Enum
from types import TracebackType
from typing import Any, Self, Unpack
from uuid import uuid4

from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Step
from racto_nb.kits.opening import open_kit
from racto_nb.models.asking import AnsweringKit
from racto_nb.pipelines.asking import ChatMemory, RateLimiter, checked_kit
from racto_nb.pipelines.list_classifier.auditing import AuditTarget, model_of, write_of
from racto_nb.pipelines.list_classifier.bridging import WholeResults
from racto_nb.pipelines.list_classifier.enums import enum_of
from racto_nb.pipelines.list_classifier.frames import FrameWishes, aclassify_frame, classify_frame
from racto_nb.pipelines.list_classifier.framing import Frame
from racto_nb.pipelines.list_classifier.keeping import OptionKeeper
from racto_nb.pipelines.list_classifier.labels import Examples, Hierarchy, checked_options
from racto_nb.pipelines.list_classifier.running import Classifying
from racto_nb.pipelines.list_classifier.settings import ConfidenceSource, OutputFormat, SelectionMode, Settings
from racto_nb.pipelines.list_classifier.surrounding import Around
from racto_nb.prompts.engine import RactoPrompt

_SHOWN = 5


class ListClassifierPipeline(Classifying):
    """Sorts texts by a list of options, with a kit (`gpt.Chat()`, `embedded.Chat()`, …) or another object that answers.

    What is sorted by: `options`, or a `hierarchy` of them ("Billing > Refund", or a nested mapping), whose whole paths are the
    options; `option_descriptions` say what they mean, `examples` are labelled texts. Case and spaces make no difference between
    options unless `case_sensitive`. With `selection_mode="multiple"` any number of them is chosen, else exactly one.

    The answer is held to the options by a schema, or by a grammar where the kit has one. One that does not fit is asked for again
    in the same conversation, up to `max_retries` times. `fuzzy_fallback` also takes an option with a typing error in it.

    How sure: `confidence_from` "logprobs" (the probabilities of the label's tokens), "votes" (the share of `votes` answers that
    agree, at `temperature`, or 0.7), "stated" (what the model says of itself), None (nothing), or "auto": votes where there are
    several, else token probabilities where the model is known to tell them, else what it states. Each result says in
    `confidence_kind` what it is; where nothing is known it is None. `score_all` gives the scores of all options that are known.

    Doubt: below `confidence_threshold` labels are left out, but the best one stays, marked `uncertain`, as is one whose
    confidence is not known. Below `abstain_below`, or without a known confidence, no label is given; with an `uncertain_label`
    that one is, which the model may also choose itself. `detect_out_of_scope` lets it say that no option fits.

    `exact_cache` and `semantic_cache` are those of kits; their keys hold all that a result depends on. `rate_limiter` counts the
    tokens of `user_id` (about what is sent), `memory` has the conversation of a `session_id`. `audit_logger` gets an AuditEntry
    for each text: an object with `log`, a function, or the path of a file of JSON lines. With `safe_mode` what goes wrong in a
    call is the `error` of its result, also what is wrong in its settings.

    `prompt`, `temperature` (0 to 2) and `max_tokens` are those of a ChatConfig. May be used from several threads and event loops.
    Raises UsageError or WrongTypeError here for settings that make no sense.

    >>> from racto_nb.testing import FakeKit
    >>> kit = FakeKit(['{"selected": "Billing", "confidence": 0.9}'])
    >>> result = ListClassifierPipeline(kit, options=["Billing", "Sales"]).run("I was charged twice")
    >>> result.first, result.top_confidence, result.confidence_kind
    ('Billing', 0.9, 'stated')
    """

    # fmt: off
    def __init__(
        self, kit: AnsweringKit, *,
        options: list[str] | None = None,
        selection_mode: SelectionMode = "single", output_format: OutputFormat = "pydantic",
        prompt: RactoPrompt | None = None, temperature: float = 0.0, max_tokens: int = 512, max_retries: int = 2,
        include_confidence: bool = True, include_reasoning: bool = False, score_all: bool = False,
        option_descriptions: dict[str, str] | None = None,
        fuzzy_fallback: bool = False,
        uncertain_label: str | None = None, confidence_threshold: float | None = None,
        case_sensitive: bool = False, safe_mode: bool = False,
        exact_cache: Step | None = None, semantic_cache: Step | None = None,
        audit_logger: AuditTarget | None = None,
        rate_limiter: RateLimiter | None = None, memory: ChatMemory | None = None, user_id: str | None = None,
        hierarchy: Hierarchy | None = None, examples: Examples | None = None,
        votes: int = 1, confidence_from: ConfidenceSource | None = "auto",
        abstain_below: float | None = None, detect_out_of_scope: bool = False,
    ) -> None:
        checked_kit(kit)
        kept = OptionKeeper(options, option_descriptions, examples, hierarchy, case_sensitive=case_sensitive)
        settings = Settings(
            selection_mode=selection_mode, output_format=output_format,
            prompt=prompt, temperature=temperature, max_tokens=max_tokens, max_retries=max_retries,
            include_confidence=include_confidence, include_reasoning=include_reasoning, score_all=score_all,
            fuzzy_fallback=fuzzy_fallback,
            uncertain_label=uncertain_label, confidence_threshold=confidence_threshold,
            votes=votes, confidence_from=confidence_from,
            abstain_below=abstain_below, detect_out_of_scope=detect_out_of_scope,
        )
        # fmt: on
        write = None if audit_logger is None else write_of(audit_logger, model_of(kit))
        around = Around(exact_cache, semantic_cache, memory, rate_limiter, write, token=uuid4().hex)
        super().__init__(kit, kept, settings, around, safe_mode=safe_mode, user_id=user_id)
        self._own_kit: DeveloperKit | None = None
        self._audit_logger = audit_logger

    @property
    def kit(self) -> AnsweringKit:
        """Who is asked."""
        return self._kit

    def with_kit(self, kit: AnsweringKit) -> Self:
        """The same classifier, with the same options, caches and memory, asking another kit. WrongTypeError for what is none."""
        other = copy(self)
        write = None if self._audit_logger is None else write_of(self._audit_logger, model_of(checked_kit(kit)))
        other._kit, other._own_kit = checked_kit(kit), None  # noqa: SLF001  (a copy of itself)
        other._around = replace(self._around, write=write, token=uuid4().hex)  # noqa: SLF001  (a copy of itself)
        return other

    @classmethod
    def from_provider(
        cls,
        provider: str,
        model: str,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        options: list[str] | None = None,
        **kwargs: Any,
    ) -> Self:
        """A classifier with a kit of its own: of "openai", "anthropic", "google", "ollama", "huggingface" or "embedded".

        `kwargs` go to the classifier. Close it to give back what the kit holds. Raises ProviderNotFoundError with the nearest
        names, and what the kit raises without its key or its library.
        """
        given = {"api_key": api_key, "base_url": base_url}
        kit = open_kit(f"{provider}:{model}", **{name: value for name, value in given.items() if value is not None})
        made = cls(kit, options=options, **kwargs)
        made._own_kit = kit
        return made

    @staticmethod
    def make_enum(options: list[str], name: str = "OptionsEnum") -> type[Enum]:
        """An enum of options: members are texts, their names the options in capitals with underscores."""
        return enum_of(checked_options(options, case_sensitive=True), name)

    def get_options(self) -> list[str] | None:
        """A copy of the options; None where there are none."""
        return self._options.get()

    def set_options(self, options: list[str]) -> None:
        """Sort by other options from now on. Calls that have begun go on with the old ones."""
        self._options.set(options)

    def add_option(self, option: str, description: str | None = None) -> None:
        """Sort by one more option from now on. UsageError for one that is there already."""
        self._options.add(option, description)

    def remove_option(self, option: str) -> None:
        """Sort by one option less from now on. UsageError for one that is not there."""
        self._options.remove(option)

    def classify_frame(self, frame: Frame, column: str, **wishes: Unpack[FrameWishes]) -> Frame:
        """A new frame of pandas or polars with the label of each text of `column`. `wishes` are those of `classify_frame`."""
        return classify_frame(self.as_text_classifier(), frame, column, **wishes)

    async def aclassify_frame(self, frame: Frame, column: str, **wishes: Unpack[FrameWishes]) -> Frame:
        """A new frame of pandas or polars with the label of each text of `column`. `wishes` are those of `classify_frame`."""
        return await aclassify_frame(self.as_text_classifier(), frame, column, **wishes)

    def as_text_classifier(self) -> WholeResults:
        """Itself with whole results in both colours, whatever the output format: what frames, cascades and evaluations ask."""
        return WholeResults(self)

    def close(self) -> None:
        """Give back what the kit holds, where `from_provider` has made it. The next use opens it again."""
        if self._own_kit is not None:
            self._own_kit.close()

    async def aclose(self) -> None:
        """Give back what the kit holds, where `from_provider` has made it. The next use opens it again."""
        if self._own_kit is not None:
            await self._own_kit.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        options = self.get_options() or []
        shown = ", ".join(map(repr, options[:_SHOWN])) + (", …" if len(options) > _SHOWN else "")
        return f"{type(self).__name__}(kit={self._kit!r}, options=[{shown}])"
