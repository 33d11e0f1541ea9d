"""The checks of what should not be learnt: personal data and secrets. Their findings show no more than a beginning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity
from racto_nb.finetune.privacy.scanning import Search, search_for
from racto_nb.finetune.privacy.searching import found_in

_PERSONAL = search_for("personal")
_SECRETS = search_for(["secrets", "token"])


def personal_data(examples: Sequence[RactoTrainingExample], ask: object) -> Iterator[Finding]:
    """E-mail addresses, phone numbers, accounts, cards and what else belongs to a person."""
    fix = "redact(kinds='personal') puts a placeholder in its place, unless the person is public or has agreed."
    yield from _findings(examples, "personal_data", _PERSONAL, fix)


def secrets(examples: Sequence[RactoTrainingExample], ask: object) -> Iterator[Finding]:
    """Keys, tokens and passwords, which a model would learn by heart and tell. Random words that may be keys are hints."""
    fix = "redact(kinds='secrets') puts a placeholder in its place; a key that was in a file should be made anew."
    yield from _findings(examples, "secrets", _SECRETS, fix)


def _findings(examples: Sequence[RactoTrainingExample], rule: str, search: Search, fix: str) -> Iterator[Finding]:
    quiet = set[str]()
    for place, example in enumerate(examples):
        for message, found, shown in found_in(example, search, quiet):
            severity: Severity = "warning" if found.group == "personal" else "hint" if found.kind == "token" else "error"
            advice = "redact(kinds='token') puts a placeholder in its place, if it is a key." if found.kind == "token" else fix
            says = f"There is {found.called} in it: {shown}."
            yield Finding(rule, severity, says, example=place, message=message, fix=advice, shown=shown)


RULES = (
    Rule("secrets", "error", "A key, a token or a password is in it, which a model would learn by heart and tell.", secrets),
    Rule(
        "personal_data",
        "warning",
        "Something that belongs to a person is in it: an address, a number, an account.",
        personal_data,
    ),
)
