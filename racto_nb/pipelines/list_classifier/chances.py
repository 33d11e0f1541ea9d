"""How likely each option was to the model, from the probabilities of its tokens. Pure.

A label is written token by token. At each place only those tokens count that go on with some option; the share of those that go
on with the chosen one, multiplied over all places, is how likely the model found it among the options. What other options got is
known where a token that is theirs alone was told. Nothing else is: an option whose tokens were not told has no number here.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from racto_nb.kits.likelihoods import Token
from racto_nb.pipelines.list_classifier.forms import Form

_SELECTED = re.compile(rb'"selected"\s*:\s*')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(rb"-?\d+")


@dataclass(frozen=True, slots=True)
class _Span:
    """Where an answer's label is written, with the sign that ends it; and how each option would be written there."""

    start: int
    end: int
    spellings: Mapping[str, bytes]
    numbers: bool = False


def chances_of(form: Form, chosen: str, content: str, tokens: Sequence[Token]) -> dict[str, float] | None:
    """How likely the options were to be written where `content` names `chosen`; None where that cannot be told.

    Of the others only those are in it whose likelihood is known.

    >>> from racto_nb.pipelines.list_classifier.labels import Labels
    >>> said = [Token(b"A", math.log(0.6), ((b"A", math.log(0.6)), (b"B", math.log(0.2))))]
    >>> {label: round(chance, 2) for label, chance in chances_of(Form(Labels(("A", "B")), bare=True), "A", "A", said).items()}
    {'A': 0.75, 'B': 0.25}
    """
    text = content.encode("utf-8", "surrogatepass")
    span = _span(form, chosen, text)
    if span is None:
        return None
    left = 1.0
    found: dict[str, float] = {}
    place = 0
    for token in tokens:
        begin, place = place, place + len(token.written)
        if place <= span.start or begin >= span.end:
            continue
        step = _step(span, chosen, token, text[:begin])
        if step is None:
            return None
        found.update({option: left * share for option, share in step[1].items()})
        left *= step[0]
    return {option: {chosen: left, **found}[option] for option in form.choices if option == chosen or option in found}


def _step(span: _Span, chosen: str, token: Token, before: bytes) -> tuple[float, dict[str, float]] | None:
    """The share of the tokens that go on with `chosen` at this place, and the shares of options that part from it here.

    `before` is what the answer says before `token`.
    """
    if token.logprob is None:
        return None
    lead, early = before[span.start :], max(span.start - len(before), 0)
    rests = {option: text[len(lead) :] for option, text in span.spellings.items() if text.startswith(lead)}
    shares: dict[frozenset[str], float] = {}
    for text, logprob in (dict(token.others) | {token.written: token.logprob}).items():
        if text[:early] != token.written[:early]:  # the token begins before the label: another beginning is not about the label
            continue
        fit = frozenset(option for option, rest in rests.items() if _goes_on(rest, text[early:], number=span.numbers))
        if fit:
            shares[fit] = shares.get(fit, 0.0) + math.exp(logprob)
    whole = sum(shares.values())
    if not whole:
        return None
    mine = sum(share for fit, share in shares.items() if chosen in fit)
    apart = {next(iter(fit)): share / whole for fit, share in shares.items() if len(fit) == 1 and chosen not in fit}
    return mine / whole, apart


def _goes_on(rest: bytes, text: bytes, *, number: bool) -> bool:
    """Whether `text` may come where `rest` is left of a spelling: a beginning of it, or all of it and what follows.

    The end of a number is no sign of its own: one goes on with whatever is no digit.
    """
    if not text or not rest:
        return bool(text) and number and not text[:1].isdigit()
    if rest.startswith(text):
        return True
    return text.startswith(rest) and not (number and text[len(rest) : len(rest) + 1].isdigit())


def _span(form: Form, chosen: str, content: bytes) -> _Span | None:
    if form.bare:
        return _bare_span(form, chosen, content)
    key = _SELECTED.search(content)
    if key is None or form.many:
        return None
    start = key.end()
    value = (_NUMBER if form.numbered else _STRING).match(content, start)
    if value is None or value[0] != _json(form, chosen):
        return None
    spellings = {choice: _json(form, choice) for choice in form.choices}
    return _Span(start, value.end() + form.numbered, spellings, numbers=form.numbered)


def _bare_span(form: Form, chosen: str, content: bytes) -> _Span | None:
    spellings = {choice: str(form.written(choice)).encode() for choice in form.choices}
    mine = spellings[chosen]
    # The end of an answer is no token: nobody knows how likely a longer label was that begins with this one.
    longer = any(text != mine and text.startswith(mine) for text in spellings.values())
    return None if content != mine or longer else _Span(0, len(content), spellings)


def _json(form: Form, choice: str) -> bytes:
    return json.dumps(form.written(choice), ensure_ascii=False).encode()
