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
<<<<<<< HEAD
    from racto_nb.notebook.widgets.prompt import PromptBuilder

_PUBLIC = {
    "Chat": "racto_nb.notebook.widgets.chat",
    "PromptBuilder": "racto_nb.notebook.widgets.prompt",
=======
    from racto_nb.notebook.widgets.explorer import RagExplorer

_PUBLIC = {
    "Chat": "racto_nb.notebook.widgets.chat",
    "RagExplorer": "racto_nb.notebook.widgets.explorer",
>>>>>>> 7f31fdb (A RactoRAG is looked into by hand: hits and why, two ways side by side, a map of the vectors, documents with their chunks, SQL, files read in)
}

__all__ = [
    "Chat",
<<<<<<< HEAD
    "PromptBuilder",
=======
    "RagExplorer",
>>>>>>> 7f31fdb (A RactoRAG is looked into by hand: hits and why, two ways side by side, a map of the vectors, documents with their chunks, SQL, files read in)
]

__getattr__, __dir__ = lazy_names(__name__, _PUBLIC)
