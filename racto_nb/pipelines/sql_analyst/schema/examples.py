"""Which examples and terms go with a question, and how a model reads them. Kind: flow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from racto_nb.flow.effects import Flow
from racto_nb.flow.twins import either
from racto_nb.models.sources import Retriever
from racto_nb.pipelines.sql_analyst.schema.knowledge import Example, Knowledge
from racto_nb.pipelines.sql_analyst.schema.words import WordIndex, asked, best_first, stems_of, weighted
from racto_nb.prompts.fencing import one_line, without_template_words

MOST_EXAMPLES, MOST_TERMS = 4, 12
"""Examples and terms that go with a question, if the user does not say."""
_PAIR = re.compile(r"\s*Question:(?P<question>.*?)\n\s*SQL:(?P<sql>.*)", re.DOTALL)


def chosen_examples(
    question: str, examples: Sequence[Example], *, retriever: Retriever | None = None, limit: int = MOST_EXAMPLES
) -> Flow[tuple[Example, ...]]:
    """The `limit` examples nearest to `question`, best first: by their words, or as `retriever` finds them.

    What a retriever finds must be texts as `example_documents` makes them ("Question: …", then "SQL: …"); they need not be among
    `examples`. Other texts are passed over. If it finds none, words decide.
    """
    if limit < 1:
        return ()
    found: list[Example] = []
    if retriever is not None:
        hits = yield from either(retriever.retrieve, retriever.aretrieve, question, limit)
        pairs = (_PAIR.fullmatch(hit.chunk.content) for hit in hits)
        found = [
            _pair(pair["question"], pair["sql"]) for pair in pairs if pair and pair["question"].strip() and pair["sql"].strip()
        ]
    return tuple(dict.fromkeys(found))[:limit] if found else nearest_examples(question, examples, limit)


def nearest_examples(question: str, examples: Sequence[Example], limit: int = MOST_EXAMPLES) -> tuple[Example, ...]:
    """The `limit` examples whose questions have most in common with `question`, best first; none that has nothing. Pure."""
    index = WordIndex([asked(example.question) for example in examples])
    return tuple(examples[place] for place in best_first(index.scores(asked(question)))[:limit])


def example_documents(examples: Sequence[Example]) -> list[str]:
    """A text for each of `examples`, for a retriever to ingest.

    >>> example_documents([Example("How many orders?", "SELECT count(*) FROM orders")])
    ['Question: How many orders?\\nSQL: SELECT count(*) FROM orders']
    """
    return [f"Question: {' '.join(example.question.split())}\nSQL: {example.sql.strip()}" for example in examples]


def terms_in(question: str, glossary: Mapping[str, str], *, limit: int = MOST_TERMS) -> dict[str, str]:
    """The terms of `glossary` that `question` is about. A glossary of up to `limit` terms is given whole: it is short. Pure.

    >>> terms_in("What was the revenue in May?", {"revenue": "sum(amount)", "churn": "customers who left"}, limit=1)
    {'revenue': 'sum(amount)'}
    """
    if len(glossary) <= limit:
        return dict(glossary)
    index = WordIndex([weighted([(term, 3.0), (text, 1.0)]) for term, text in glossary.items()])
    terms = list(glossary)
    return {terms[place]: glossary[terms[place]] for place in best_first(index.scores(asked(question)))[:limit]}


def asked_with_terms(question: str, glossary: Mapping[str, str]) -> dict[str, float]:
    """What `question` is about, and a little less, what the terms in it mean. Pure."""
    query, words = asked(question), set(stems_of(question))
    for term, text in glossary.items():
        if set(stems_of(term)) <= words:
            query = {**dict.fromkeys(asked(text), 0.7), **query}
    return query


def background_text(knowledge: Knowledge, examples: Sequence[Example], question: str) -> str:
    """The terms that go with `question` and the chosen `examples` for a model; empty when there are none. Pure.

    >>> print(background_text(Knowledge(glossary={"revenue": "sum(amount)"}), [Example("How many?", "SELECT 1")], "?"))
    Terms:
    - revenue: sum(amount)
    <BLANKLINE>
    Example question: How many?
    SQL:
      SELECT 1
    """
    parts: list[str] = []
    if terms := terms_in(question, knowledge.glossary):
        lines = (f"- {one_line(term)}: {_in_one_line(text)}" for term, text in terms.items())
        parts.append("Terms:\n" + "\n".join(lines))
    for example in examples:
        # Indented, so that no line of it can look like one of ours.
        sql = "\n".join(f"  {line}" for line in without_template_words(example.sql).strip().splitlines())
        parts.append(f"Example question: {_in_one_line(example.question)}\nSQL:\n{sql}")
    return "\n\n".join(parts)


def _pair(question: str, sql: str) -> Example:
    return Example(question.strip(), sql.strip())


def _in_one_line(text: str) -> str:
    return without_template_words(" ".join(one_line(word) for word in text.split()))
