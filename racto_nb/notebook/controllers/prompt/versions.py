"""The versions of a draft, and the draft as a prompt. Pure."""

from __future__ import annotations

from dataclasses import replace

from pydantic import ValidationError

from racto_nb.exceptions import UsageError
from racto_nb.notebook.controllers.prompt.state import PromptState, Version
from racto_nb.prompts.engine import RactoPrompt


def kept(state: PromptState, note: str = "") -> PromptState:
    """With the draft among the versions. One that is there already is not kept twice; a note is put to it."""
    same = next((version for version in reversed(state.versions) if version.draft.says == state.draft.says), None)
    if same is not None:
        if not note or same.note:
            return state
        noted = replace(same, note=note)
        return replace(state, versions=tuple(noted if each is same else each for each in state.versions))
    number = len(state.versions) + 1
    return replace(state, versions=(*state.versions, Version(f"v{number}", state.draft, note)))


def whole(state: PromptState) -> RactoPrompt:
    """The draft as a prompt. UsageError, saying all that it misses, where it is none yet."""
    if missing := state.missing:
        raise UsageError(f"This is no prompt yet. {' '.join(hint.message for hint in missing)}")
    try:
        return state.prompt
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"This is no prompt yet. {first['msg']}.") from error
