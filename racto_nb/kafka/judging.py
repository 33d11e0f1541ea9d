"""Whether a stream goes on when its commits are refused: one is no harm, and many in a row are handled for nothing."""

from __future__ import annotations

import warnings

from racto_nb.exceptions import PipelineWarning
from racto_nb.kafka.errors import CommitError

_MOST_IN_VAIN = 5
"""After so many batches in a row that were handled and not committed, something is wrong that time does not mend."""


class Commits:
    """What became of the commits of one stream. `refused` counts those that were not taken."""

    def __init__(self) -> None:
        self.refused = 0
        self._last: CommitError | None = None
        self._in_vain = 0

    def note(self, error: CommitError | None) -> None:
        """A commit was refused with `error`, or taken."""
        self.refused += error is not None
        self._last = error

    def judge(self) -> None:
        """Tell of a batch whose last commit was refused, and raise where batch after batch is handled for nothing."""
        refused, self._last = self._last, None
        self._in_vain = self._in_vain + 1 if refused is not None else 0
        if refused is None:
            return
        cause = "Does the handler take longer than max_poll_interval_ms? Set it in the consumer's extra=, or batch_size smaller."
        if self._in_vain == 1:
            warnings.warn(f"A batch was handled, and may be handled again. {refused} {cause}", PipelineWarning, stacklevel=3)
        if self._in_vain < _MOST_IN_VAIN:
            return
        self._in_vain = 0
        refused.add_note(f"The commits of {_MOST_IN_VAIN} batches in a row were refused. {cause}")
        raise refused
