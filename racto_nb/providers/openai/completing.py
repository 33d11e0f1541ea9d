"""The end of a Responses stream, which repeats the whole answer: what no event had brought is added. Pure.

Servers behind OpenAI's API leave events out, and some proxies drop them: without a look at the whole, an answer that is empty
or cut would pass for one that is complete.
"""

from __future__ import annotations

import json
from dataclasses import replace

from racto_nb.providers.failures import Unreadable
from racto_nb.providers.wire import CallDraft, Draft


def completed(draft: Draft, whole: Draft) -> Draft:
    """`draft` and what of `whole`, the same answer as its end tells it, had not arrived. Raises Unreadable if they contradict.

    An end that tells nothing of a kind says nothing about it: many servers send it without the output.
    """
    if rest := _rest(draft.text, whole.text, "text"):
        draft = draft.with_text(rest)
    if whole.thinking and not draft.thought_count:
        draft = draft.with_thinking(whole.thinking)
    for call in whole.calls:
        draft = _with_rest_of(draft, call)
    return replace(draft, finish_reason=draft.finish_reason or whole.finish_reason)


def _with_rest_of(draft: Draft, call: CallDraft) -> Draft:
    known = next((known for known in draft.calls if known.id and known.id == call.id), None) or draft.call(call.key)
    if not known.name and not known.id:
        known = replace(known, id=call.id, name=call.name)
    elif known.name and known.name != call.name:
        known = CallDraft(max(other.key for other in draft.calls) + 1, call.id, call.name)  # another one in this place
    told = known.arguments
    if not _same_json(told, call.arguments) and (rest := _rest(told, call.arguments, f"call of {call.name!r}")):
        known = known.with_piece(rest)
    return draft if known is draft.known_call(known.key) else draft.with_call(known)


def _rest(told: str, whole: str, what: str) -> str:
    """What `whole` has beyond what was told. White space at the ends is no contradiction."""
    if whole.startswith(told):
        return whole[len(told) :]
    if not whole or whole.strip() == told.strip():
        return ""
    message = f"the {what} at the end is another one than came before: {whole[:60]!r} in place of {told[:60]!r}"
    raise Unreadable(message, answering=True)


def _same_json(one: str, other: str) -> bool:
    try:
        return json.loads(one) == json.loads(other)
    except (ValueError, RecursionError):
        return False
