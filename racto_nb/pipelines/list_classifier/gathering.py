"""Classifiers that take many texts in one call, and those that wrap another. Kind: flow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import orjson
from blake3 import blake3

from racto_nb.exceptions import WrongTypeError
from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.pipelines.list_classifier.results import ClassifierResult, TextClassifier


@runtime_checkable
class ManyAtOnce(TextClassifier, Protocol):
    """A classifier that takes `texts_at_once` texts best in one call."""

    @property
    def texts_at_once(self) -> int: ...

    def batch_run(self, queries: Sequence[str]) -> list[ClassifierResult]: ...

    async def abatch_run(self, queries: Sequence[str]) -> list[ClassifierResult]: ...


@runtime_checkable
class Adaptable(Protocol):
    """A classifier whose own `run` may give another shape, or be a coroutine, and that can give one with whole results."""

    def as_text_classifier(self) -> TextClassifier: ...


Classifier: TypeAlias = TextClassifier | Adaptable
"""What can be asked: a classifier with `run` and `arun`, or a pipeline."""


def plain(classifier: Classifier) -> TextClassifier:
    """A classifier that gives whole results in both colours. Raises WrongTypeError for what is none."""
    if isinstance(classifier, Adaptable):
        return classifier.as_text_classifier()
    if not isinstance(classifier, TextClassifier):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = (
            f"A classifier has run and arun, as EmbeddingClassifier and ListClassifierPipeline have; this is {classifier!r:.80}."
        )
        raise WrongTypeError(msg)
    return classifier


@runtime_checkable
class Preparing(Protocol):
    """A classifier with something to do before its first text."""

    def prepare(self) -> None: ...

    async def aprepare(self) -> None: ...


def prepared(*classifiers: TextClassifier) -> Flow[None]:
    """Let classifiers do what comes before their first text: once, before several threads come with texts at once."""
    for classifier in classifiers:
        if isinstance(classifier, Preparing):
            yield from either(classifier.prepare, classifier.aprepare)


def room_of(classifier: TextClassifier) -> int:
    """How many texts a classifier takes best in one call: 1 of one that does not say."""
    return classifier.texts_at_once if isinstance(classifier, ManyAtOnce) else 1


def listed_texts(texts: Iterable[str]) -> list[str]:
    """Many texts as a list. WrongTypeError for one text, whose characters would be taken for texts, and for what holds none."""
    if isinstance(texts, str) or not isinstance(texts, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        msg = f"queries is a list of texts, not {texts!r:.80}. For one text use run()."
        raise WrongTypeError(msg)
    return list(texts)


def results_of(classifier: TextClassifier, texts: Sequence[str]) -> Flow[list[ClassifierResult]]:
    """The results of a few texts, in one call where the classifier takes them so. The first error is raised."""
    if isinstance(classifier, ManyAtOnce) and len(texts) > 1:
        return (yield from either(classifier.batch_run, classifier.abatch_run, texts))
    found: list[ClassifierResult] = []
    for text in texts:
        result = yield from either(classifier.run, classifier.arun, text)
        found += [result]
    return found


def identity_of(classifier: TextClassifier) -> str:
    """What tells a classifier from others. Raises AttributeError where it has no `identity`."""
    named: object = getattr(classifier, "identity", None)
    if not isinstance(named, str) or not named:
        msg = (
            f"{type(classifier).__name__} has no `identity` that tells it from others: a text that changes whenever its answers "
            "could."
        )
        raise AttributeError(msg)
    return named


def wrapped_identity(kind: str, *parts: object) -> str:
    """The identity of a classifier that is made of others and of settings."""
    return f"{kind}:{blake3(orjson.dumps(parts)).hexdigest()[:32]}"
