"""What is made of the answers: votes counted, doubtful labels left out or replaced, and all of it a result. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from racto_nb.pipelines.list_classifier.forms import Form
from racto_nb.pipelines.list_classifier.labels import NONE_FITS
from racto_nb.pipelines.list_classifier.reading import Reading
from racto_nb.pipelines.list_classifier.results import ClassifierResult
from racto_nb.pipelines.list_classifier.settings import Settings, Task

Pairs = list[tuple[str, float | None]]


@dataclass(frozen=True, slots=True)
class Choice:
    """The labels that are given, the surest first, and whether they are to be doubted."""

    pairs: Pairs = field(default_factory=list[tuple[str, "float | None"]])
    uncertain: bool = False


def voted(form: Form, readings: Sequence[Reading], votes: int) -> Reading:
    """What most of `votes` answers say, with the share of them as confidence. An answer that did not fit is a vote for nothing.

    Of one label, the one with most votes, of equal ones that which stands first among the options; of many, each that more than
    half of the answers name.
    """
    counted = Counter(label for reading in readings for label in _named(form, reading))
    shares = {label: counted[label] / votes for label in (*form.labels.options, NONE_FITS)}
    if form.many:
        chosen = [label for label in form.labels.options if shares[label] > 1 / 2]
    else:
        best = max(shares, key=lambda label: shares[label])
        chosen = [] if best == NONE_FITS else [best]
    agreeing = [reading for reading in readings if {label for label, _ in reading.selected} == set(chosen)]
    return Reading(
        selected=tuple((label, shares[label]) for label in chosen),
        scores={label: shares[label] for label in form.labels.options},
        reasoning=next((reading.reasoning for reading in agreeing), None),
        corrected=any(reading.corrected for reading in agreeing),
        none_fits=not chosen,
    )


def _named(form: Form, reading: Reading) -> list[str]:
    return [label for label, _ in reading.selected] or ([] if form.many else [NONE_FITS])


def result_of(task: Task, text: str, reading: Reading) -> ClassifierResult:
    """The result of what was read, without its usage and its price."""
    settings = task.settings
    wanted = settings.include_confidence and task.source is not None
    pairs: Pairs = [(label, confidence if wanted else None) for label, confidence in reading.selected]
    choice = _doubted(pairs, settings)
    confidences = [confidence for _, confidence in choice.pairs if confidence is not None]
    known = bool(choice.pairs) and len(confidences) == len(choice.pairs)
    scores = reading.scores if settings.score_all or choice.uncertain else {}
    return ClassifierResult(
        user_query=text,
        options_provided=list(task.form.labels.options),
        selected=[label for label, _ in choice.pairs],
        confidences=confidences if known else None,
        all_scores=_with_what_was_doubted(scores, pairs, choice) or None,
        reasoning=reading.reasoning,
        fuzzy_corrected=reading.corrected,
        uncertain=choice.uncertain,
        confidence_kind=(task.kind or "stated") if known or scores else None,
        out_of_scope=reading.none_fits,
    )


def _doubted(pairs: Pairs, settings: Settings) -> Choice:
    """What is left of `pairs`: those at the threshold or above and in any case the best one; or nothing to be sure of."""
    ordered = sorted(pairs, key=lambda pair: -1.0 if pair[1] is None else -pair[1])
    if not ordered:
        return Choice(ordered)
    best, label = ordered[0], settings.uncertain_label
    if settings.abstain_below is not None and best[0] != label and (best[1] is None or best[1] < settings.abstain_below):
        return Choice([] if label is None else [(label, None)], uncertain=True)
    least = settings.confidence_threshold
    if least is None:
        return Choice(ordered, uncertain=best[0] == label)
    kept = [best, *(pair for pair in ordered[1:] if pair[1] is None or pair[1] >= least)]
    return Choice(kept, uncertain=best[0] == label or best[1] is None or best[1] < least)


def _with_what_was_doubted(scores: dict[str, float], pairs: Pairs, choice: Choice) -> dict[str, float]:
    """The scores, with those of labels that were found and are not given: so it can be seen what was doubted."""
    given = {label for label, _ in choice.pairs}
    left_out = {label: number for label, number in pairs if number is not None and label not in given}
    return {**left_out, **scores} if choice.uncertain else scores
