"""The checks of what should not be learnt: personal data and secrets. Their findings show no more than a beginning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from racto_nb.finetune.checking.rule import Rule
from racto_nb.finetune.examples import RactoTrainingExample
from racto_nb.finetune.findings import Finding, Severity
from racto_nb.finetune.messages import RactoTrainingMessage
from racto_nb.finetune.privacy.found import Found
from racto_nb.finetune.privacy.scanning import Search, search_for
from racto_nb.finetune.privacy.segments import segments
from racto_nb.finetune.privacy.walking import message_with_texts, without_turns

_PERSONAL = search_for("personal")
_SECRETS = search_for(["secrets", "token"])


def personal_data(examples: Sequence[RactoTrainingExample], ask: object) -> Iterator[Finding]:  # noqa: ARG001  (as all rules)
    """E-mail addresses, phone numbers, accounts, cards and what else belongs to a person."""
    fix = "redact(kinds='personal') puts a placeholder in its place, unless the person is public or has agreed."
    yield from _findings(examples, "personal_data", _PERSONAL, fix)


def secrets(examples: Sequence[RactoTrainingExample], ask: object) -> Iterator[Finding]:  # noqa: ARG001
    """Keys, tokens and passwords, which a model would learn by heart and tell. Random words that may be keys are hints."""
    fix = "redact(kinds='secrets') puts a placeholder in its place; a key that was in a file should be made anew."
    yield from _findings(examples, "secrets", _SECRETS, fix)


def _findings(examples: Sequence[RactoTrainingExample], rule: str, search: Search, fix: str) -> Iterator[Finding]:
    for place, example in enumerate(examples):
        for message, found, shown in found_in(example, search):
            severity: Severity = "warning" if found.group == "personal" else "hint" if found.kind == "token" else "error"
            advice = "redact(kinds='token') puts a placeholder in its place, if it is a key." if found.kind == "token" else fix
            says = f"There is {found.called} in it: {shown}."
            yield Finding(rule, severity, says, example=place, message=message, fix=advice, shown=shown)


def found_in(example: RactoTrainingExample, search: Search) -> Iterator[tuple[int | None, Found, str]]:
    """What is found in `example`, equal pieces of a message once: the message (None: in none), the find, and how it is shown."""
    for number, message in enumerate(example.turns()):
        heard = _Listener(search)
        if _is_plain(message):
            heard(message.content)
        else:
            message_with_texts(message, heard)
        yield from ((number, found, found.shown(text)) for found, text in heard.found.values())
    if not (example.tools or example.reference or example.extra):
        return
    heard = _Listener(search)
    without_turns(example, heard)
    yield from ((None, found, found.shown(text)) for found, text in heard.found.values())


def _is_plain(message: RactoTrainingMessage) -> bool:
    """Whether a message is its text and nothing else, as most are."""
    more = message.tool_calls or message.attachments or message.parts or message.name or message.extra
    return not more and type(message.content) is str


class _Listener:
    """Looks at texts and changes none."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self.found: dict[tuple[str, str], tuple[Found, str]] = {}

    def __call__(self, text: str) -> str:
        for segment in segments(text, self._search):
            for found in segment.finds(self._search):
                self.found.setdefault((found.kind, segment.says[found.start : found.end]), (found, segment.says))
        return text


RULES = (
    Rule("secrets", "error", "A key, a token or a password is in it, which a model would learn by heart and tell.", secrets),
    Rule(
        "personal_data",
        "warning",
        "Something that belongs to a person is in it: an address, a number, an account.",
        personal_data,
    ),
)
