"""What the services of SDKs that one generator makes (OpenAI's, Anthropic's) have in common. Kind: both colours.

Such an SDK is used for what it knows best (addresses, headers, proxies, certificates, connections) through its documented way for
any endpoint (`client.post` with `cast_to=httpx2.Response`). Its typed objects are not: building them costs several times as much
as reading a stream. Its retries are off, since those of the flow are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from racto_nb.providers.connecting import plain_text, refusal_of
from racto_nb.providers.failures import Refused
from racto_nb.providers.sending import encoded, patience
from racto_nb.providers.wire import Request


@dataclass(frozen=True, slots=True)
class SdkService:
    """Posts through the clients of an SDK to `base_url` with `key`. A provider adds how they are opened and how it refuses."""

    base_url: str
    key: str = field(repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """The arguments of a new client. A key that is given here keeps an SDK from looking for credentials elsewhere."""
        return {"api_key": self.key, "base_url": self.base_url, "max_retries": 0}

    def posted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        ask = client.get if request.method == "GET" else client.post
        return ask(request.operation, stream=True, **arguments(request))

    async def aposted(self, client: Any, request: Request) -> Any:
        """The response to `request`, its body unread."""
        ask = client.get if request.method == "GET" else client.post
        return await ask(request.operation, stream=True, **arguments(request))

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client."""
        await client.close()

    def refused(self, error: Any, *, said: object, code: str) -> Refused:
        """The refusal in an SDK's error with a status: what the provider `said` (None: its page says it), and its `code`."""
        return refusal_of(
            said if isinstance(said, str) and said else plain_text(error.response.text),
            status=error.status_code,
            code=code,
            headers=error.response.headers,
            key=self.key,
            address=self.base_url,
            body=error.response.text,
        )


def arguments(request: Request) -> dict[str, Any]:
    """What `client.post`, or `client.get`, takes for `request`, besides the path."""
    import httpx2

    silence, connecting = patience(request)
    options: dict[str, Any] = {"timeout": httpx2.Timeout(silence, connect=connecting)}
    if request.headers:
        options["headers"] = dict(request.headers)
    told: dict[str, Any] = {"cast_to": httpx2.Response, "options": options}
    if request.file is not None:
        options["headers"] = {**request.headers, "Content-Type": "multipart/form-data"}
        file = request.file
        return {**told, "body": dict(request.arguments), "files": [("file", (file.name, file.content, file.media_type))]}
    return told if request.method == "GET" else {**told, "content": encoded(request)}
