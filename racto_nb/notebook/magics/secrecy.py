"""What must not slip into a prompt: names that say they are secrets, and the secrets of the environment. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from racto_nb.exceptions import TemplateError

_NAME = re.compile(
    r"(?:(?:api|private|secret)_?key|(?:access|api|auth|bearer|hf|refresh)_?token|secret|password|passwd)s?$", re.IGNORECASE
)
_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$", re.IGNORECASE)
_SHORTEST = 8


def names_a_secret(name: str) -> bool:
    """Whether `name` says that its value is a secret.

    >>> [name for name in ("api_key", "openai_api_key", "tokens", "secretary") if names_a_secret(name)]
    ['api_key', 'openai_api_key']
    """
    return _NAME.search(name) is not None


def refuse_secrets(text: str, environment: Mapping[str, str]) -> None:
    """Raise TemplateError when `text` contains the value of a variable such as OPENAI_API_KEY. Values under 8 characters pass."""
    for name, value in environment.items():
        secret = value.strip()
        if len(secret) >= _SHORTEST and _VARIABLE.search(name) and secret in text:
            message = f"The prompt contains the value of the environment variable {name}. Nothing was sent. Take the secret out."
            raise TemplateError(message, expression=name)
