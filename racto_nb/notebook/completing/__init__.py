"""TAB in `%%racto` cells and behind `%racto`, in notebooks and in terminals: one matcher of IPython's completer.

In the body of a cell, which is prose, nothing is offered but inside `{{…}}`; Python's own completions are silenced there too.
Nothing heavy is imported and no code of the notebook's objects is run. A fault here is logged, and TAB works on for others.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, cast

from IPython.core import completer
from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult

IDENTIFIER = "racto_nb"
_FIRST = 100
_logger = logging.getLogger(__name__)


class _Nothing(Sequence[SimpleCompletion]):
    """No completions, of the length 1: IPython lets only a matcher that found something silence the others."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: Any) -> Any:
        raise IndexError(index)


def register(shell: Any) -> None:
    """Let TAB know about `%%racto`. Doing it twice is doing it once; a shell without IPython's completer is left alone."""
    unregister(shell)
    matchers = _matchers(shell)
    if matchers is not None:
        matchers.append(_matcher(shell))


def unregister(shell: Any) -> None:
    """Take it away again."""
    matchers = _matchers(shell)
    if matchers is not None:
        matchers[:] = [matcher for matcher in matchers if getattr(matcher, "matcher_identifier", "") != IDENTIFIER]


def _matchers(shell: Any) -> list[Any] | None:
    return getattr(getattr(shell, "Completer", None), "custom_matchers", None)


def _matcher(shell: Any) -> Any:
    def matched(context: CompletionContext) -> SimpleMatcherResult:
        try:
            return _result(context, shell)
        except Exception:
            _logger.debug("TAB could not be completed", exc_info=True)
            return {"completions": []}

    return cast("Any", completer).context_matcher(priority=_FIRST, identifier=IDENTIFIER)(matched)


def _result(context: CompletionContext, shell: Any) -> SimpleMatcherResult:
    if "racto" not in context.full_text:
        return {"completions": []}
    from racto_nb.notebook.completing.offering import offered

    above = context.full_text.split("\n")[: context.cursor_line]
    offers = offered(context.full_text, sum(len(line) + 1 for line in above) + context.cursor_position, shell)
    if offers is None:
        return {"completions": []}
    found = [SimpleCompletion(text=text, type=kind) for text, kind in offers.found]
    return {
        "completions": found or _Nothing(),
        "matched_fragment": offers.fragment if found else "",
        "suppress": True,
        "ordered": True,
    }
