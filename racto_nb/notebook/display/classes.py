"""What a classifier says of a text, as HTML with a text twin. Labels and texts are foreign: everything is escaped. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from racto_nb.notebook.display.footer import price
from racto_nb.notebook.display.passages import bundled, excerpt
from racto_nb.notebook.display.sanitising import printable, safe_text

if TYPE_CHECKING:
    from racto_nb.pipelines.list_classifier.results import ClassifierResult

MOST = 8
"""Scores that are shown at once."""
_WIDTH = 20
"""Characters of the longest bar in the text twin."""
_KINDS = {
    "logprobs": "by the model's token probabilities",
    "agreement": "by how many answers agree",
    "embedding": "by likeness",
    "stated": "as the model says itself: not measured",
    "calibrated": "calibrated",
}


def classification_bundle(result: ClassifierResult) -> dict[str, str]:
    """The labels, how sure they are and by what, and the scores of the others."""
    sure = f'<span class="racto-quiet">{safe_text(_sure(result))}</span>'
    said = "".join(f'<p class="racto-quiet">{safe_text(line)}</p>' for line in _remarks(result))
    html = f"<p><b>{safe_text(_labels(result))}</b> {sure}</p>{said}{_scores_html(result)}{_reasoning_html(result)}"
    lines = [f"{_labels(result)}  {_sure(result)}".rstrip(), *_remarks(result), *_scores_text(result)]
    if result.reasoning:
        lines.append(f"because: {result.reasoning}")
    return bundled(html, printable("\n".join(lines)), _footer(result), warning=f"Failed: {result.error}" if result.error else "")


def _labels(result: ClassifierResult) -> str:
    return ", ".join(result.selected) or ("no label" if result.error is None else "no answer")


def _sure(result: ClassifierResult) -> str:
    """How sure it is. An unknown confidence is said to be unknown."""
    if not result.selected:
        return ""
    if result.confidences is None:
        return "confidence unknown"
    told = ", ".join(f"{confidence:.2f}" for confidence in result.confidences)
    kind = _KINDS.get(result.confidence_kind or "", "")
    return f"{told} · {kind}" if kind else told


def _remarks(result: ClassifierResult) -> list[str]:
    remarks = ["Uncertain: have it looked at by a person."] if result.uncertain else []
    if result.out_of_scope:
        remarks.append("The text seems to belong to none of the labels.")
    if result.prediction_set is not None and result.prediction_set != result.selected:
        remarks.append(f"May be any of: {', '.join(result.prediction_set) or 'none'}.")
    if result.fuzzy_corrected:
        remarks.append("The model wrote the label with a slip, which was mended.")
    return remarks


def _scores(result: ClassifierResult) -> tuple[list[tuple[str, float]], int]:
    """The highest scores, and how many more there are; none where they say no more than the confidences."""
    known = sorted((result.all_scores or {}).items(), key=lambda pair: -pair[1])
    return (known[:MOST], max(0, len(known) - MOST)) if len(known) > 1 else ([], 0)


def _scores_html(result: ClassifierResult) -> str:
    shown, more = _scores(result)
    rows = "".join(
        f"<tr><td>{safe_text(label)}</td><td>{score:.2f}</td>"
        f'<td><progress value="{_inside(score):.4f}" max="1" aria-label="{score:.2f}"></progress></td></tr>'
        for label, score in shown
    )
    left = f'<p class="racto-quiet">{more} more labels are below these.</p>' if more else ""
    return f'<table class="racto-scores"><tbody>{rows}</tbody></table>{left}' if shown else ""


def _scores_text(result: ClassifierResult) -> Sequence[str]:
    shown, more = _scores(result)
    wide = max((len(label) for label, _ in shown), default=0)
    lines = [f"  {label:<{wide}}  {score:.2f}  {'█' * round(_WIDTH * _inside(score))}".rstrip() for label, score in shown]
    return [*lines, f"  {more} more labels are below these."] if more else lines


def _inside(score: float) -> float:
    return min(max(score, 0.0), 1.0)


def _reasoning_html(result: ClassifierResult) -> str:
    return f'<div class="racto-quote">{safe_text(result.reasoning)}</div>' if result.reasoning else ""


def _footer(result: ClassifierResult) -> str:
    usage = result.usage
    tokens = f"{usage.input_tokens:,} + {usage.output_tokens:,} tokens" if usage.total_tokens else ""
    retries = f"{usage.retry_count} answer{'s' if usage.retry_count > 1 else ''} did not fit" if usage.retry_count else ""
    cached = f"{result.cache_hit} cache" if result.cache_hit else ""
    charged = price(result.cost) if usage.total_tokens and not cached else ""
    text = f"“{excerpt(result.user_query, most=80).plain}”"
    return " · ".join(part for part in (text, tokens, charged, cached, retries) if part)
