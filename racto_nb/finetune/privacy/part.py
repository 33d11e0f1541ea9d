"""What a dataset does about personal data and secrets."""

from __future__ import annotations

from collections.abc import Collection as Names
from typing import Self

from racto_nb.finetune.collection import Collection
from racto_nb.finetune.privacy.found import PLACEHOLDER, Replacement


class Redactable(Collection):
    """The part of a dataset that takes personal data and secrets out of it."""

    def redact(self, *, kinds: str | Names[str] | None = None, replacement: Replacement = PLACEHOLDER) -> Self:
        """Another dataset with placeholders such as [EMAIL_1] in the place of personal data and secrets.

        `kinds` are names of what is replaced ("email", "phone", "openai_key", ...), "personal" and "secrets" for all of theirs;
        None is everything but "token": long random words, of which many are no keys. `replacement` is what stands in the place,
        with {KIND}, {kind} and {number} in it, or a function that makes it of the kind and the number. Equal pieces have the same
        number within an example; what they were is written down nowhere. JSON stays JSON, and everything else as it is.

        Messages, arguments of calls, tools, `reference`, `extra` and addresses of files are looked at; tags, provenance and
        what is inside of files are not. Names of people are not found: no shape tells them from other words.

        Raises UsageError for a kind that nobody knows.

        >>> from racto_nb.finetune import RactoDataset
        >>> data = RactoDataset.from_pairs([("I am ann@example.org, 212-555-0123.", "Hello!")])
        >>> data.redact(kinds="email")[0].messages[0].content
        'I am [EMAIL_1], 212-555-0123.'
        """
        from racto_nb.finetune.privacy.redacting import Redactor
        from racto_nb.finetune.privacy.scanning import search_for

        redactor = Redactor(search_for(kinds), replacement)
        made = [redactor.example(example) for example in self]
        count = sum(new is not old for new, old in zip(made, self, strict=True))
        return self._with(made, f"redacted {count} of {len(made)} examples")
