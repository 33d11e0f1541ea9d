"""`%racto dataset NAME`: what is in a dataset, what its checks find, what training on it costs and how long its examples are.

`%racto dataset edit NAME` opens an editor over it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.datasets import datasets_of, held_dataset
from racto_nb.notebook.magics.options import parsed, refuse_empty, split_line
from racto_nb.notebook.magics.pipeline_tables import DATASET_TABLE

if TYPE_CHECKING:
    from racto_nb.finetune.dataset import RactoDataset
    from racto_nb.finetune.pricing import TrainingPrice
    from racto_nb.notebook.magics.racto import RactoMagics

_HEADS = ("name", "examples", "messages", "edits")


def dataset_line(magics: RactoMagics, line: str) -> None:
    """Show the dataset that `line` names, or list what there is. UsageError for a name that is no dataset."""
    words = split_line(line)
    if not words:
        _list(magics.namespace)
        return
    if words[0] == "edit" and "edit" not in datasets_of(magics.namespace):
        _edit(magics, words[1:])
        return
    if "--edit" in words[1:]:
        _edit(magics, [word for word in words if word != "--edit"])
        return
    if words[0].startswith("-"):
        message = "Write the variable with the dataset first: %racto dataset NAME --provider gemini."
        raise UsageError(message)
    values = parsed(words[1:], DATASET_TABLE)
    refuse_empty(DATASET_TABLE, values)
    data = held_dataset(words[0], magics.namespace)
    other = None if values["validation"] is None else held_dataset(values["validation"], magics.namespace)
    _show(data, values, other)


def _edit(magics: RactoMagics, words: Sequence[str]) -> None:
    if not words or words[0].startswith("-"):
        raise UsageError("Write the variable with the dataset first: %racto dataset edit NAME --path train.jsonl.")
    from racto_nb.notebook.opening.dataset import open_editor

    open_editor(magics, words[0], list(words[1:]))


def _list(namespace: Mapping[str, Any]) -> None:
    from racto_nb.notebook.display.tables import Table, show_table

    rows = [_row(name, namespace[name]) for name in datasets_of(namespace)]
    none = "There is no dataset here yet. RactoDataset.from_pairs([(question, answer), …]) makes one, from_jsonl(PATH) reads one."
    show_table(Table(_HEADS, rows, "%racto dataset NAME looks into one of them." if rows else none))


def _row(name: str, data: RactoDataset) -> Sequence[str]:
    return name, f"{len(data):,}", f"{sum(len(each.messages) for each in data):,}", f"{len(data.history):,}"


def _show(data: RactoDataset, values: Mapping[str, Any], other: RactoDataset | None) -> None:
    from racto_nb.finetune.token_lengths import drawn_lengths
    from racto_nb.notebook.display.checked import report_bundle
    from racto_nb.notebook.display.plots import figure_bundle
    from racto_nb.notebook.display.showing import show_bundle

    provider, model = values["provider"], values["model"]
    found = data.validate(provider, model=model, validation=other)
    lengths = data.token_lengths(model)
    figures = [(name.replace("_", " "), f"{value:,}") for name, value in data.summary().items()]
    figures.append(("tokens", f"{lengths.total:,} ({lengths.counter})"))
    said, notes = _priced(data, provider, model, values["epochs"]) if model is not None else ("", ())
    if said:
        figures.append((f"training, {values['epochs']} times through", said))
    show_bundle(report_bundle(data, found, figures, notes))
    if len(data):
        show_bundle(figure_bundle(drawn_lengths(lengths), repr(lengths)))


def _priced(data: RactoDataset, provider: str, model: str, epochs: int) -> tuple[str, tuple[str, ...]]:
    """The price in words, and what else to know. Where it cannot be asked for, findings are shown all the same, and why."""
    try:
        price = data.price(provider, model, epochs=epochs)
    except UsageError as error:
        return "price unknown", (str(error),)
    return _said(price), price.notes


def _said(price: TrainingPrice) -> str:
    if price.amount is None:
        return f"price unknown, {price.trained_tokens:,} tokens"
    return f"${price.amount:.{2 if price.amount >= 1 else 4}f} for {price.trained_tokens:,} tokens"
