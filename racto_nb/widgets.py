"""Widgets for notebooks: displayed by a cell, used by hand, and read from Python.

from racto_nb.widgets import Chat

chat = Chat(kit)
chat                # the last line of a cell shows it
chat.messages       # what was said, whoever typed it

Each is also opened by a line, such as `%racto chat`. Importing this module imports none of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from racto_nb._lazy import lazy_names

if TYPE_CHECKING:
    from racto_nb.notebook.widgets.chat import Chat
    from racto_nb.notebook.widgets.classifier import ClassifierPanel
    from racto_nb.notebook.widgets.dataset import DatasetEditor
    from racto_nb.notebook.widgets.explorer import RagExplorer
    from racto_nb.notebook.widgets.jobs import JobsPanel
    from racto_nb.notebook.widgets.prompt import PromptBuilder
    from racto_nb.notebook.widgets.sql import SqlAnalyst

_PUBLIC = {
    "Chat": "racto_nb.notebook.widgets.chat",
    "ClassifierPanel": "racto_nb.notebook.widgets.classifier",
    "DatasetEditor": "racto_nb.notebook.widgets.dataset",
    "JobsPanel": "racto_nb.notebook.widgets.jobs",
    "PromptBuilder": "racto_nb.notebook.widgets.prompt",
    "RagExplorer": "racto_nb.notebook.widgets.explorer",
    "SqlAnalyst": "racto_nb.notebook.widgets.sql",
}

__all__ = [
    "Chat",
    "ClassifierPanel",
    "DatasetEditor",
    "JobsPanel",
    "PromptBuilder",
    "RagExplorer",
    "SqlAnalyst",
]

if not TYPE_CHECKING:  # a name that is not here is an error to a type checker too
    __getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
