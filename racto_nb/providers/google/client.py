"""Google's service: raw bodies in and out. The one file here that imports an HTTP library.

Google's SDK has no public way to post a body and read the bytes that come back: its one for any endpoint is private, and the
public methods build typed objects, which costs ten times as much as reading a stream. So the clients are httpx2's own, the
library that the SDK uses too, with the SDK's rules for addresses and headers. Two differ on purpose: redirects are not followed,
since the key would go with them to another host, and there is a limit to how long a server may say nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from racto_nb._extras import imported
from racto_nb._version import __version__
from racto_nb.providers.direct_http import DirectService
from racto_nb.providers.failures import Refused
from racto_nb.providers.google.facts import KEY_HEADER
from racto_nb.providers.google.refusing import refused
from racto_nb.providers.wire import Request


@dataclass(frozen=True, slots=True)
class GoogleService(DirectService):
    """Opens clients for `base_url` with `key` (empty: without one), and posts through them."""

    redirects: ClassVar[bool] = False

    def headers(self, request: Request) -> dict[str, str]:
        """Google's own: the key, and how long the server may take."""
        agent = f"racto-nb/{__version__} gl-python/{sys.version.split()[0]}"
        headers = {"content-type": "application/json", "user-agent": agent, "x-goog-api-client": agent}
        if self.key:
            headers[KEY_HEADER] = self.key
        if request.timeout is not None:
            headers["x-server-timeout"] = str(math.ceil(request.timeout))
        return headers


def google_service(base_url: str, key: str) -> GoogleService:
    """The service at `base_url`; `key` is empty where there is none."""

    def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Refused:
        return refused(status, headers, body, key=key, address=base_url)

    return GoogleService(base_url, key, _library, refusal)


def _library() -> Any:
    return imported("httpx2", extra="google")
