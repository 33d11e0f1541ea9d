"""A prompt without one of its parts, to see what that part does. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import PrivateAttr

from racto_nb.prompts.compiling import compiled
from racto_nb.prompts.engine import RactoPrompt

SECTION = {"role": "ROLE", "aim": "AIM", "constraints": "CONSTRAINTS", "tone": "TONE", "output": "OUTPUT"}


class PartialPrompt(RactoPrompt):
    """A prompt of which one section is left out of the text, also a section that no prompt may lack."""

    _section: str = PrivateAttr(default="")

    @classmethod
    def of(cls, section: str, fields: Mapping[str, Any]) -> PartialPrompt:
        """A prompt of `fields` that leaves out `section`."""
        made = cls(**fields)
        made._section = section
        return made

    def compile(self) -> str:
        """The system text without that section."""
        return compiled(self, without={self._section})


def without(prompt: RactoPrompt, part: str) -> RactoPrompt:
    """`prompt` without `part`, one of the five; without its output it asks for no JSON either.

    >>> prompt = RactoPrompt(role="You count.", aim="Count.", constraints="No words.", tone="Terse", output_format="json")
    >>> "[AIM]" in without(prompt, "aim").compile(), without(prompt, "output").wants_json
    (False, False)
    """
    fields: dict[str, Any] = {name: getattr(prompt, name) for name in RactoPrompt.model_fields}
    if part == "output":
        fields["output_format"] = "text"
    return PartialPrompt.of(SECTION[part], fields)
