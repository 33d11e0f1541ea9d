"""What must not slip into a prompt: names that say they are secrets, and the secrets of the environment. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from racto_nb.exceptions import TemplateError

_NAME = re.compile(
    r"(?:(?:api|private|secret)_?key|(?:access|api|auth|bearer|hf|refresh)_?token|secret|password|passwd)s?$", re.IGNORECASE
)
_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS|PAT)(?:_?\d+)?$", re.IGNORECASE)
_PASSWORD_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^/\s@]+)@")
_SHORTEST = 8
_LONG = 20


def names_a_secret(name: str) -> bool:
    """Whether `name` says that its value is a secret.

    >>> [name for name in ("api_key", "openai_api_key", "tokens", "secretary") if names_a_secret(name)]
    ['api_key', 'openai_api_key']
    """
    return _NAME.search(name) is not None


def refuse_secrets(text: str, environment: Mapping[str, str]) -> None:
    """Raise TemplateError when `text` contains a secret of the environment.

    Secrets are the values of variables such as OPENAI_API_KEY and the passwords in addresses. Values under 8 characters, and
    those under 20 that are letters only, are words and pass.
    """
    for name, secret in _secrets(environment):
        if secret in text:
            message = f"The prompt contains the value of the environment variable {name}. Nothing was sent. Take the secret out."
            raise TemplateError(message, expression=name)


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """`text` with every secret of the environment replaced by the name of its variable.

    >>> redacted("bad key sk-12345678", {"OPENAI_API_KEY": "sk-12345678"})
    'bad key [OPENAI_API_KEY]'
    """
    for name, secret in _secrets(environment):
        text = text.replace(secret, f"[{name}]")
    return text


def _secrets(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    named = [(name, value.strip()) for name, value in environment.items() if _VARIABLE.search(name)]
    inside = [(name, found) for name, value in environment.items() for found in _PASSWORD_IN_ADDRESS.findall(value)]
    return [(name, secret) for name, secret in [*named, *inside] if _is_one(secret)]


def _is_one(value: str) -> bool:
    """A key is long, or has more than letters in it; `customer_id` in PARTITION_KEY is a word."""
    return len(value) >= _LONG or (len(value) >= _SHORTEST and not value.replace("_", "").isalpha())
