"""What an answer says: its labels, each with its confidence, its scores and its reason. Pure.

A schema makes most answers JSON of the right form. Models without one write it in a sentence, in a fence, or write the label
alone; where that leaves no doubt it is read, and otherwise asked for again.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from racto_nb.models.response import strip_markdown_fences
from racto_nb.pipelines.list_classifier.fitting import Fit, exact_choice, fit_of, mentioned
from racto_nb.pipelines.list_classifier.forms import Form
from racto_nb.pipelines.list_classifier.labels import NONE_FITS

_SHOWN = 60
_DENIALS = re.compile(
    r"\b(?:not?|never|neither|nor|none|without|except|unless|cannot|nothing|hardly|rather|instead|but|unlike|unrelated"
    r"|kein\w*|nicht|ohne|pas|sans|ni|nunca|jamais)\b"
    r"|n['\u2019]t\b",
    re.IGNORECASE,
)
"""Words by which a sentence may say that a label does not fit. Where one stands, a label in a sentence proves nothing."""
_MARKED = re.compile(
    r"[\"\u201c\u00ab]([^\"\u201d\u00bb]+)[\"\u201d\u00bb]|`+([^`]+)`+|\*\*([^*]+)\*\*|:\s*([^\s:][^:\n]*?)[.\s]*$"
)

JsonObject = dict[str, object]


class MisfitError(ValueError):
    """An answer that is not of the form that was asked for. The message says to the model what is wrong."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says. The confidence of a label is None where it has none; `scores` are those that it has."""

    selected: tuple[tuple[str, float | None], ...]
    scores: dict[str, float] = field(default_factory=dict[str, float])
    reasoning: str | None = None
    corrected: bool = False
    none_fits: bool = False


def reading_of(form: Form, text: str, *, fuzzy: bool = False) -> Reading:
    """What the answer `text` says. Raises MisfitError where it names no option, another one, or too many."""
    whole = strip_markdown_fences(text).strip()
    if not whole:
        raise MisfitError("the answer is empty")
    objects = [found for found in _objects(whole) if "selected" in found]
    if objects:
        if any(other["selected"] != objects[0]["selected"] for other in objects):
            raise MisfitError("the answer has several JSON objects that say different things")
        return _of_object(form, objects[0], fuzzy=fuzzy)
    return _of_text(form, whole, fuzzy=fuzzy)


def _of_object(form: Form, found: JsonObject, *, fuzzy: bool) -> Reading:
    pairs = _pairs(found)
    fits: dict[str, tuple[Fit, float | None]] = {}
    for written, confidence in pairs:
        fit = fit_of(form, written, fuzzy=fuzzy)
        if fit is None:
            raise _unknown(form, written)
        fits.setdefault(fit.option, (fit, confidence))
    reasoning = found.get("reasoning")
    return _checked(
        form,
        list(fits.values()),
        scores=_scores(form, found.get("all_scores")),
        reasoning=reasoning if isinstance(reasoning, str) and reasoning.strip() else None,
    )


def _checked(
    form: Form,
    fits: Sequence[tuple[Fit, float | None]],
    *,
    scores: dict[str, float] | None = None,
    reasoning: str | None = None,
) -> Reading:
    """The reading of these labels, of which there must be one, or any number where `form` is of many."""
    scores = scores or {}
    if not form.many and len(fits) != 1:
        raise MisfitError(f"choose exactly one label, not {len(fits)}")
    selected = [(fit.option, scores.get(fit.option, confidence)) for fit, confidence in fits if fit.option != NONE_FITS]
    corrected = any(fit.corrected for fit, _ in fits)
    return Reading(tuple(selected), scores, reasoning, corrected, none_fits=not selected)


def _pairs(found: JsonObject) -> list[tuple[object, float | None]]:
    """Each written label with its own confidence: a pair stays together, whatever is done with it later."""
    selected, confidences = found["selected"], found.get("confidences", found.get("confidence"))
    if not isinstance(selected, list):
        return [_one_pair(selected, confidences)]
    items = cast("list[object]", selected)
    numbers = cast("list[object]", confidences) if isinstance(confidences, list) else [confidences] if len(items) == 1 else []
    if len(numbers) != len(items):  # nobody knows which number belongs to which label
        numbers = [None] * len(items)
    return [_one_pair(item, number) for item, number in zip(items, numbers, strict=True)]


def _one_pair(item: object, number: object) -> tuple[object, float | None]:
    if isinstance(item, dict):
        fields = cast("JsonObject", item)
        return fields.get("option", fields.get("label")), share_of(fields.get("confidence", number))
    return item, share_of(number)


def share_of(number: object) -> float | None:
    """`number` where it is one from 0 to 1; None, not known, for anything else.

    >>> share_of(0.9), share_of(95), share_of("high"), share_of(True)
    (0.9, None, None, None)
    """
    if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
        return None
    return float(number) if 0 <= number <= 1 else None


def _scores(form: Form, told: object) -> dict[str, float]:
    """The scores that were told of options, in the order of the options. What is no option or no score is left out: not known."""
    pairs: list[tuple[object, object]] = []
    if isinstance(told, dict):
        pairs = list(cast("dict[object, object]", told).items())
    elif isinstance(told, list):
        items = [cast("JsonObject", item) for item in cast("list[object]", told) if isinstance(item, dict)]
        pairs = [(item.get("option", item.get("label")), item.get("score", item.get("confidence"))) for item in items]
    known: dict[str, float] = {}
    for written, number in pairs:
        fit, score = fit_of(form, written, fuzzy=False), share_of(number)
        if fit is not None and score is not None:
            known.setdefault(fit.option, score)
    return {option: known[option] for option in form.labels.options if option in known}


def _of_text(form: Form, text: str, *, fuzzy: bool) -> Reading:
    """The reading of an answer without the object that was asked for: a label alone, a list of them, or one in a sentence."""
    listed = _json_list(text)
    if listed is not None:
        return _of_object(form, {"selected": listed}, fuzzy=fuzzy)
    if (alone := fit_of(form, text, fuzzy=fuzzy)) is not None:
        return _checked(form, [(alone, None)])
    if not form.many and (said := _said(form, text)) is not None:
        return _checked(form, [(Fit(said), None)])
    raise _unknown(form, text)


def _said(form: Form, text: str) -> str | None:
    """The label that a sentence names: the only one in it, set apart by marks, and no word there says no to it."""
    if _DENIALS.search(text):
        return None
    named = mentioned(text, form.labels.options, case_sensitive=form.labels.case_sensitive)
    if len(named) != 1:
        return None
    marked = {exact_choice(form, part.strip(" .")) for match in _MARKED.finditer(text) for part in match.groups() if part}
    return next(iter(named)) if named == marked - {None} else None


def _json_list(text: str) -> list[object] | None:
    if not text.startswith("["):
        return None
    try:
        found: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("list[object]", found) if isinstance(found, list) else None


def _objects(text: str) -> Iterator[JsonObject]:
    """The JSON objects in `text`, outermost ones only."""
    decoder, place = json.JSONDecoder(), text.find("{")
    while place >= 0:
        try:
            found, place = cast("tuple[object, int]", decoder.raw_decode(text, place))
        except (ValueError, RecursionError):
            place += 1
        else:
            if isinstance(found, dict):
                yield cast("JsonObject", found)
        place = text.find("{", place)


def _unknown(form: Form, written: object) -> MisfitError:
    shown = repr(written) if len(repr(written)) <= _SHOWN else f"{repr(written)[:_SHOWN]}…"
    kind = f"a number from 1 to {len(form.labels.options)}" if form.numbered else f"one of {list(form.choices[:20])}"
    return MisfitError(f"{shown} is no label; choose {kind}")
