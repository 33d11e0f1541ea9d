"""What must slip neither into a prompt nor out of one: names that say they are secrets, the secrets of the environment. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from racto_nb._secrecy import Secrets
from racto_nb.exceptions import TemplateError

_NAME = re.compile(
    r"(?:(?:api|private|secret)_?key|(?:access|api|auth|bearer|hf|refresh)_?token|secret|password|passwd)s?$", re.IGNORECASE
)


def names_a_secret(name: str) -> bool:
    """Whether `name` says that its value is a secret.

    >>> [name for name in ("api_key", "openai_api_key", "tokens", "secretary") if names_a_secret(name)]
    ['api_key', 'openai_api_key']
    """
    return _NAME.search(name) is not None


def refuse_secrets(text: str, environment: Mapping[str, str], *, what: str = "The prompt contains") -> None:
    """Raise TemplateError when `text` contains a secret of the environment; `what` begins the message.

    Secrets are the values of variables such as OPENAI_API_KEY and the passwords in addresses. Values under 8 characters, and
    those under 20 that are letters only, are words and pass.
    """
    if (name := Secrets.of(environment).held_by(text)) is not None:
        message = f"{what} the value of the environment variable {name}. Nothing was sent. Take the secret out."
        raise TemplateError(message, expression=name)


def redacted(text: str, environment: Mapping[str, str]) -> str:
    """`text` with every secret of the environment replaced by the name of its variable.

    >>> redacted("bad key sk-12345678", {"OPENAI_API_KEY": "sk-12345678"})
    'bad key [OPENAI_API_KEY]'
    """
    return Secrets.of(environment).cleaned(text)
