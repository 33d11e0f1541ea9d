"""Labels by likeness of vectors, with no chat model: the words of each label, and examples where there are any. Kind: flow.

classifier = EmbeddingClassifier(["billing", "delivery"], descriptions={"billing": "invoices, refunds and payments"})
classifier.run("Where is my money?").first
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Literal, cast

import numpy as np
import orjson
from blake3 import blake3

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.effects import Flow, call
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.kits.kit import DeveloperKit
from racto_nb.pipelines.list_classifier.gathering import listed_texts
from racto_nb.pipelines.list_classifier.heads import Head, HeadName, fitted_head, nearest_likeness, scope_limit
from racto_nb.pipelines.list_classifier.labels import Examples, example_pairs
from racto_nb.pipelines.list_classifier.results import ClassifierResult, ClassifierUsage
from racto_nb.pipelines.list_classifier.vectors import ROUND, EmbeddingKit, Vectors, embedded, embedding_name

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FORM = 1


@dataclass(frozen=True, slots=True)
class _Wish:
    """All that decides about results."""

    options: tuple[str, ...]
    descriptions: tuple[tuple[str, str], ...]
    examples: tuple[tuple[str, str], ...]
    """Pairs of a label and a text."""
    model: str | None
    head: HeadName
    temperature: float | None
    false_alarms: float | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """What was made of the labels and examples."""

    head: Head
    references: Vectors
    limit: float | None


class EmbeddingClassifier:
    """Sorts texts by the likeness of their vectors to those of the labels: no chat model, no price, 3 ms a text on a laptop.

    `options` are the labels (a list, or a mapping of labels to descriptions), `descriptions` say more of some; their words alone
    are enough. `examples` maps labels to texts that have them, or are pairs of a text and its label: under 3 a label on average,
    a label is the middle of its examples and its words ("centroid"); from there on, borders are fitted between them ("logistic",
    extra `classify`). `head` chooses one.

    `kit` is anything with `embed` and `aembed` (default: the embedded model, opened at the first call), `model` its model for
    embeddings. Label vectors and fits are made once, at the first call or by `prepare()`. `temperature` makes likenesses
    probabilities (less: surer); calibrate them for shares that come true. `false_alarms`, a share such as 0.05, fits a limit on
    the examples: a text less like all of them than nearly all of them are is `out_of_scope`, and so is about that share of
    texts that do belong. Results have `confidence_kind` "embedding" and the scores of all options.

    Raises UsageError or WrongTypeError for what cannot be used.
    """

    selection_mode: Literal["single"] = "single"
    texts_at_once = ROUND
    """How many texts it takes best in one call of `batch_run`."""

    def __init__(
        self,
        options: Sequence[str] | Mapping[str, str],
        *,
        descriptions: Mapping[str, str] | None = None,
        examples: Examples | None = None,
        kit: EmbeddingKit | None = None,
        model: str | None = None,
        head: HeadName = "auto",
        temperature: float | None = None,
        false_alarms: float | None = None,
    ) -> None:
        labels = _checked_options(options)
        said = {**(options if isinstance(options, Mapping) else {}), **(descriptions or {})}
        known = [(_one_label(label), text) for text, label in example_pairs(examples or {})]
        _refuse_unknown(labels, [*said, *(label for label, _ in known)])
        _refuse_settings(head, temperature, false_alarms, known)
        if kit is not None and not isinstance(kit, EmbeddingKit):  # pyright: ignore[reportUnnecessaryIsInstance]
            msg = f"kit is a kit, or something else with embed and aembed, not {kit!r:.80}."
            raise WrongTypeError(msg)
        self._wish = _Wish(
            labels, tuple((label, said[label]) for label in labels if said.get(label)), tuple(known), model, head, temperature,
            false_alarms,
        )  # fmt: skip
        self._kit = kit
        self._ready: _Ready | None = None

    def run(self, user_query: str) -> ClassifierResult:
        """The label of one text. Raises UsageError for a text without words."""
        return SyncDriver().run(self.classifying([user_query]))[0]

    async def arun(self, user_query: str) -> ClassifierResult:
        """The label of one text. Raises UsageError for a text without words."""
        return (await AsyncDriver().run(self.classifying([user_query])))[0]

    def batch_run(self, queries: Sequence[str]) -> list[ClassifierResult]:
        """The labels of many texts, in their order, with few calls of the kit."""
        return SyncDriver().run(self.classifying(queries))

    async def abatch_run(self, queries: Sequence[str]) -> list[ClassifierResult]:
        """The labels of many texts, in their order, with few calls of the kit."""
        return await AsyncDriver().run(self.classifying(queries))

    def prepare(self) -> None:
        """Embed labels and examples and fit now, instead of with the first text."""
        SyncDriver().run(self._prepared())

    async def aprepare(self) -> None:
        """Embed labels and examples and fit now, instead of with the first text."""
        await AsyncDriver().run(self._prepared())

    @property
    def options(self) -> list[str]:
        """The labels, in their order."""
        return list(self._wish.options)

    @property
    def descriptions(self) -> dict[str, str]:
        """What is said of labels; those without a description are left out."""
        return dict(self._wish.descriptions)

    @property
    def identity(self) -> str:
        """Names all that decides about results: two classifiers of one identity give the same ones."""
        wish = self._wish
        parts = [_FORM, [getattr(wish, name) for name in _Wish.__slots__], embedding_name(self._opened(), wish.model)]
        return f"embedding:{blake3(orjson.dumps(parts)).hexdigest()[:32]}"

    def classifying(self, texts: Sequence[str]) -> Flow[list[ClassifierResult]]:
        """The flow behind all of these, for flows that classify on their way."""
        texts = listed_texts(texts)
        for text in texts:
            _refuse_wordless(text)
        if not texts:
            return []
        ready = yield from self._prepared()
        found = yield from embedded(self._opened(), self._wish.model, texts)
        rows = ready.head.probabilities(found.vectors)
        outside = _outside(ready, found.vectors)
        tokens = _shares(found.tokens, len(texts))
        return [
            self._result(text, scores, used, out=out)
            for text, scores, out, used in zip(texts, rows.tolist(), outside, tokens, strict=True)
        ]

    def _result(self, text: str, scores: list[float], tokens: int, *, out: bool) -> ClassifierResult:
        options = self._wish.options
        best = int(np.argmax(scores))
        return ClassifierResult(
            user_query=text,
            options_provided=list(options),
            selected=[options[best]],
            confidences=[scores[best]],
            all_scores=dict(zip(options, scores, strict=True)),
            usage=ClassifierUsage(input_tokens=tokens),
            cost=Decimal(0) if self._is_free else None,
            confidence_kind="embedding",
            out_of_scope=out,
            origin="embedding",
        )

    def _prepared(self) -> Flow[_Ready]:
        if (ready := self._ready) is None:
            # Two that come at once both prepare the same: the second one's work is lost, and nothing else.
            wish, kit = self._wish, (yield from call(self._opened))
            column = {label: place for place, label in enumerate(wish.options)}
            said = dict(wish.descriptions)
            words = [words_of(label, said.get(label, "")) for label in wish.options]
            found = yield from embedded(kit, wish.model, [*words, *(text for _, text in wish.examples)])
            truth = np.array([column[label] for label, _ in wish.examples], dtype=np.intp)
            ready = cast("_Ready", (yield from call(partial(_made, wish, found.vectors, truth))))
            self._ready = ready
        return ready

    @property
    def _is_free(self) -> bool:
        return isinstance(self._kit, DeveloperKit) and self._kit.spec.free

    def _opened(self) -> EmbeddingKit:
        if self._kit is None:
            from racto_nb.embedded_developer_kit import Chat

            self._kit = Chat()
        return self._kit

    def __repr__(self) -> str:
        wish = self._wish
        return f"EmbeddingClassifier({len(wish.options)} options, {len(wish.examples)} examples)"


def words_of(label: str, description: str = "") -> str:
    """The words of a label as a model reads them best, with what is said of it.

    >>> words_of("card_arrival"), words_of("TechSupport", "broken devices")
    ('card arrival', 'Tech Support: broken devices')
    """
    words = " ".join(_CAMEL.sub(" ", label.replace("_", " ").replace("-", " ")).split()) or label
    return f"{words}: {description}" if description else words


def _made(wish: _Wish, vectors: Vectors, truth: np.ndarray[tuple[int], np.dtype[np.intp]]) -> _Ready:
    labels, examples = vectors[: len(wish.options)], vectors[len(wish.options) :]
    head = fitted_head(wish.head, labels, examples, truth, wish.temperature)
    if wish.false_alarms is None:
        return _Ready(head, labels, None)
    limit = scope_limit(nearest_likeness(examples, examples, themselves=True), wish.false_alarms)
    return _Ready(head, examples, limit)


def _outside(ready: _Ready, vectors: Vectors) -> list[bool]:
    """Which of the texts belong to no label."""
    if ready.limit is None:
        return [False] * len(vectors)
    return [bool(out) for out in nearest_likeness(vectors, ready.references) < ready.limit]


def _shares(total: int, rows: int) -> list[int]:
    """A whole number in equal parts, the first of them 1 larger where it does not divide."""
    each, more = divmod(total, rows)
    return [each + (place < more) for place in range(rows)]


def _checked_options(options: Sequence[str] | Mapping[str, str]) -> tuple[str, ...]:
    if isinstance(options, str) or not all(isinstance(option, str) for option in options):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"options is a list of labels, or a mapping of labels to descriptions, not {options!r:.80}."
        raise WrongTypeError(msg)
    labels = tuple(options)
    if len(labels) < 2 or len(set(labels)) != len(labels) or not all(label.strip() for label in labels):  # noqa: PLR2004  (two)
        msg = f"options are two or more different labels, none of them empty; got {list(labels)!r:.200}."
        raise UsageError(msg)
    return labels


def _one_label(label: str | Sequence[str]) -> str:
    if isinstance(label, str):
        return label
    msg = f"An example of this classifier has one label, not {label!r:.80}."
    raise UsageError(msg)


def _refuse_unknown(labels: Sequence[str], named: Sequence[str]) -> None:
    for name in named:
        if name not in labels:
            msg = f"{name!r} has a description or examples, and is not among the options: {list(labels)!r:.200}."
            raise UsageError(msg)


def _refuse_settings(
    head: str, temperature: float | None, false_alarms: float | None, examples: Sequence[tuple[str, str]]
) -> None:
    for _, text in examples:
        _refuse_wordless(text)
    if head not in ("auto", "centroid", "logistic"):
        msg = f'head is "auto", "centroid" or "logistic", not {head!r}.'
        raise UsageError(msg)
    if head == "logistic" and not examples:
        msg = 'head="logistic" is fitted on examples; there are none. Give examples={label: [texts]}.'
        raise UsageError(msg)
    if temperature is not None and not temperature > 0:
        msg = f"temperature is more than 0, not {temperature!r}."
        raise UsageError(msg)
    if false_alarms is not None and (not 0 < false_alarms < 1 or len(examples) < 1 / false_alarms):
        msg = (
            f"false_alarms is a share between 0 and 1, fitted on at least 1 / share examples; got {false_alarms!r} and "
            f"{len(examples)} examples."
        )
        raise UsageError(msg)


def _refuse_wordless(text: object) -> None:
    if not isinstance(text, str):
        msg = f"A classifier takes a text, not {text!r:.80}."
        raise WrongTypeError(msg)
    if not text.strip():
        msg = "The text is empty, and an empty text has no label."
        raise UsageError(msg)
