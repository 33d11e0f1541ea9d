"""The Jupyter row: magics, displays and, later, widgets. The only place that knows IPython."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from racto_nb.kits.conversations import Conversations
    from racto_nb.notebook.display.batches import BatchBar


def conversations() -> Conversations:
    """The conversations of this notebook, which `%%racto --history NAME` goes on with, also while the magics are not loaded.

    Read one as `conversations()["plan"]`, a list of messages; `append`, `rename`, `reset` and `exported` change or save them.
    Raises UsageError outside IPython.
    """
    from IPython.core.getipython import get_ipython

    from racto_nb.exceptions import UsageError
    from racto_nb.notebook.magics.session import conversations_of

    if (shell := get_ipython()) is None:
        message = "There is no notebook here. In a program, make your own: racto_nb.kits.conversations.Conversations()."
        raise UsageError(message)
    return conversations_of(shell)


def batch_progress() -> BatchBar:
    """A display of how far a batch is, updated in place: `processor.submit_and_wait(items, on_progress=batch_progress())`."""
    from racto_nb.notebook.display.batches import BatchBar

    return BatchBar()
