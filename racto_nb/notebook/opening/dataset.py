"""`%racto dataset edit NAME`: an editor over a dataset of the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from racto_nb.notebook.magics.datasets import held_dataset
from racto_nb.notebook.magics.options import parsed, refuse_empty
from racto_nb.notebook.magics.pipeline_tables import EDITOR_TABLE
from racto_nb.notebook.opening.showing import opened, refuse_taken

if TYPE_CHECKING:
    from racto_nb.notebook.magics.racto import RactoMagics


def open_editor(magics: RactoMagics, name: str, words: list[str]) -> None:
    """Open an editor over the dataset in the variable `name`. UsageError for what there is not."""
    from racto_nb.notebook.widgets.dataset import DatasetEditor

    values: Mapping[str, Any] = parsed(words, EDITOR_TABLE)
    refuse_empty(EDITOR_TABLE, values)
    namespace = magics.namespace
    data = held_dataset(name, namespace)
    other = None if values["validation"] is None else held_dataset(values["validation"], namespace)
    refuse_taken(magics, values["into"], DatasetEditor)
    editor = DatasetEditor(
        data, path=values["path"], provider=values["provider"], validation=other, who=values["who"] or "", title=name
    )
    opened(magics, editor, values["into"])
