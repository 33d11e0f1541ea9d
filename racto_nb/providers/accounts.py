"""How the user reaches a provider behind HTTP: the key and the address, from arguments and the environment, checked. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from racto_nb._taping import is_replaying
from racto_nb.exceptions import RactoGatewayAuthError, UsageError, WrongTypeError
from racto_nb.providers.catalog import Catalogue
from racto_nb.providers.connecting import without_key
from racto_nb.providers.serving import Account

NO_KEY = "not-needed"
"""What is sent to another server when there is no key: most local ones ask for none, but the SDKs do."""


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where a provider's key and address are looked for. `who` is its name as people write it.

    Of several `key_variables` the first that holds something is used. `address_variable` is empty where there is none.
    """

    provider: str
    who: str
    key_variables: tuple[str, ...]
    address_variable: str
    address: str
    example: str

    def key(self, given: object, environ: Mapping[str, str], *, needed: bool) -> str:
        """The key, NO_KEY where there is none and none is `needed`, or calls may be answered from a recording.

        Raises RactoGatewayAuthError without a needed key or for what no key can be, WrongTypeError for what is no text.
        """
        if given is not None and not isinstance(given, str):
            message = f"api_key is a text, not {type(given).__name__}."
            raise WrongTypeError(message)
        key = given.strip() if given is not None else self._found(environ)
        if key and not (key.isascii() and key.isprintable()):
            message = "The key holds characters that no key has, such as a line break or a typographic quote. Copy it again."
            raise RactoGatewayAuthError(message)
        if key or not needed or is_replaying():
            return key or NO_KEY
        message = (
            f"No key for {self.who}. Set the environment variable {self._variables}, or give api_key= . The models of the "
            "`embedded` kit, which run in this process, need none: from racto_nb import embedded_developer_kit as embedded; "
            "kit = embedded.Chat()."
        )
        raise RactoGatewayAuthError(message)

    def told(self, given: object, environ: Mapping[str, str]) -> tuple[str, str]:
        """The address as it was written, and where. Raises WrongTypeError for what is no text."""
        if given is not None and not isinstance(given, str):
            message = f"base_url is a text such as {self.example!r}, not {type(given).__name__}."
            raise WrongTypeError(message)
        written = given if given is not None else environ.get(self.address_variable, "")
        return written.strip() or self.address, "base_url" if given is not None else self.address_variable

    def base_url(self, given: object, environ: Mapping[str, str], *, endpoints: Collection[str] = ()) -> str:
        """The address. Raises UsageError for what is none, or is the address of one of the `endpoints`."""
        address, source = self.told(given, environ)
        shown = address.rpartition("@")[2]  # without what may be a password
        if (parts := _parts(address)) is None:
            message = f"{source}={shown!r} is no address. Write it with http:// or https://, such as {self.example!r}."
            raise UsageError(message)
        for endpoint in endpoints:
            if parts.path.rstrip("/").endswith(endpoint):
                message = f"{source}={shown!r} is the address of one endpoint. Leave out {endpoint!r} at its end."
                raise UsageError(message)
        return address

    def account(
        self, key: str, known: Catalogue, *, given: bool, environ: Mapping[str, str] | None = None, **codes: Any
    ) -> Account:
        """The account with `key`, which was `given` as an argument or not; `codes` are the provider's words for some errors.

        `environ` tells which variable held the key, where there are several.
        """
        variable = self._found_in(environ or {}) or self._variables
        return Account(
            key_advice=f"{self._origin(key, variable, given=given)} The models of the `embedded` kit need no key.",
            # For a name that is known there is nothing to suggest: the key may not use it.
            nearest=lambda name: [] if known.facts(self.provider, name) else known.nearest(self.provider, name),
            redacted=lambda text: without_key(text, key),
            **codes,
        )

    def _origin(self, key: str, variable: str, *, given: bool) -> str:
        if key == NO_KEY:
            return f"No key was given: set the environment variable {self._variables}, or give api_key= ."
        where = "the argument api_key=" if given else f"the environment variable {variable}"
        return f"The key came from {where}: check it."

    def _found(self, environ: Mapping[str, str]) -> str:
        return environ.get(self._found_in(environ), "").strip()

    def _found_in(self, environ: Mapping[str, str]) -> str:
        """The variable that holds the key, "" where none does."""
        return next((name for name in self.key_variables if environ.get(name, "").strip()), "")

    @property
    def _variables(self) -> str:
        return " or ".join(self.key_variables)


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and not parts.query
        sound = sound and not any(map(str.isspace, address))
    except ValueError:  # a port that is no number, an IPv6 address that is not closed
        return None
    return parts if sound else None
