"""A classifier whose answers are a function of the text, and that counts what it is asked."""

from __future__ import annotations

import threading
from decimal import Decimal

from racto_nb.pipelines.list_classifier import ClassifierResult

OPTIONS = ["short", "long"]


class Scripted:
    """Says "long" of texts of more than 5 characters, and fails as `failing` says."""

    def __init__(self, failing=(), *, cost=None, confidence=0.9, error=ValueError, identity="scripted:1", answer=None):
        self.failing, self.cost, self.confidence, self.error = set(failing), cost, confidence, error
        self.identity = identity
        self.answer = answer or (lambda text: "long" if len(text) > 5 else "short")
        self.asked: list[str] = []
        self._turn = threading.Lock()

    def run(self, user_query):
        with self._turn:
            self.asked.append(user_query)
        if user_query in self.failing:
            raise self.error(f"no answer to {user_query}")
        sure = self.confidence(user_query) if callable(self.confidence) else self.confidence
        label = self.answer(user_query)
        return ClassifierResult(
            user_query=user_query,
            options_provided=OPTIONS,
            selected=[label],
            confidences=None if sure is None else [sure],
            all_scores=None if sure is None else {option: sure if option == label else 1 - sure for option in OPTIONS},
            confidence_kind=None if sure is None else "stated",
            cost=None if self.cost is None else Decimal(self.cost),
        )

    async def arun(self, user_query):
        return self.run(user_query)


class InParts(Scripted):
    """The same, which takes several texts at once."""

    texts_at_once = 4

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.parts: list[list[str]] = []

    def batch_run(self, queries):
        self.parts.append(list(queries))
        return [self.run(query) for query in queries]

    async def abatch_run(self, queries):
        return self.batch_run(queries)
