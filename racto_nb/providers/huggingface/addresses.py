"""The addresses of servers behind Hugging Face's API, and which token may go there. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from racto_nb.exceptions import RactoGatewayAuthError, UsageError, WrongTypeError
from racto_nb.providers.direct_http import is_loopback
from racto_nb.providers.huggingface.facts import CHAT, DEFAULT_BASE_URL, GRAMMAR_HOSTS, KEY_VARIABLES, OWN_DOMAINS, ROUTER_HOST


def server_address(given: str | None) -> str:
    """The address that `given` means, ending with `/v1` as the servers have it; None is Hugging Face's router.

    >>> server_address("http://localhost:8080"), server_address("https://x.example.com/v1/chat/completions")
    ('http://localhost:8080/v1', 'https://x.example.com/v1')
    """
    if given is None:
        return DEFAULT_BASE_URL
    if not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass URL objects)
        message = f"base_url is a text such as 'http://localhost:8080/v1', not {type(given).__name__}."
        raise WrongTypeError(message)
    address = given.strip().rstrip("/").removesuffix(CHAT)
    try:
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, an IPv6 address that is not closed
        sound = False
    if not sound or any(sign.isspace() for sign in address):
        shown = given.rpartition("@")[2]
        message = f"base_url={shown!r} is no address. Write it with http:// or https://, such as 'http://localhost:8080/v1'."
        raise UsageError(message)
    return address if address.endswith("/v1") else f"{address}/v1"


def is_router(address: str) -> bool:
    """Whether `address` is Hugging Face's router to many providers."""
    parts = urlsplit(address)
    return parts.hostname == ROUTER_HOST and parts.path == "/v1"


def takes_grammar(address: str) -> bool:
    """Whether the server at `address` takes the schema of an answer as TGI's grammar, as far as its address says."""
    parts = urlsplit(address)
    return (parts.hostname or "").endswith(GRAMMAR_HOSTS) or (parts.hostname == ROUTER_HOST and "/hf-inference/" in parts.path)


def key_for(address: str, given: str | None, environ: Mapping[str, str]) -> tuple[str, str]:
    """The token for `address` and where it came from, both empty where there is none.

    One of the environment goes to Hugging Face and to this machine only. Raises RactoGatewayAuthError without one for the router.
    """
    if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance]  (users pass SecretStr)
        message = f"api_key is a text, not {type(given).__name__}."
        raise WrongTypeError(message)
    key, origin = (given or "").strip(), "the argument api_key="
    if given is None and (is_loopback(address) or _is_own(address)):
        found = [(environ.get(name, "").strip(), f"the environment variable {name}") for name in KEY_VARIABLES]
        key, origin = next((one for one in found if one[0]), ("", ""))
    if key and not (key.isascii() and key.isprintable()):
        message = "The token holds characters that no token has, such as a line break or a typographic quote. Copy it again."
        raise RactoGatewayAuthError(message)
    if not key and is_router(address):
        raise RactoGatewayAuthError(_NO_KEY)
    return key, origin if key else ""


def _is_own(address: str) -> bool:
    parts = urlsplit(address)
    host = parts.hostname or ""
    return parts.scheme == "https" and any(host == domain or host.endswith(f".{domain}") for domain in OWN_DOMAINS)


_NO_KEY = (
    f"No token for Hugging Face. Set the environment variable {KEY_VARIABLES[0]}, or give api_key= (a token with the permission "
    "to call Inference Providers, from https://huggingface.co/settings/tokens). The models of the `embedded` kit, which run in "
    "this process, need none: from racto_nb import embedded_developer_kit as embedded; kit = embedded.Chat()."
)
