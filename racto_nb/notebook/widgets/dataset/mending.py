"""What one press of a button mends: what `fix` mends where a rule is named, and what `redact` takes out. Pure."""

from __future__ import annotations

from racto_nb.finetune.dataset import RactoDataset
from racto_nb.notebook.controllers.dataset.state import REDACTED


def mended(data: RactoDataset, provider: str, rule: str) -> RactoDataset:
    """The data without what `rule` finds in it, as far as that can be mended. UsageError for a rule that nobody knows.

    >>> data = RactoDataset.from_pairs([("I am ann@example.org.", "Hello!")])
    >>> mended(data, "openai", "personal_data")[0].messages[0].content
    'I am [EMAIL_1].'
    """
    kind = REDACTED.get(rule)
    return data.fix(provider, rules=[rule]) if kind is None else data.redact(kinds=kind)
