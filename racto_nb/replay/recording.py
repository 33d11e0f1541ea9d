"""A recording in use: what calls are recorded on, and replayed from."""

from __future__ import annotations

from racto_nb.providers.wire import Provider, ProviderPort
from racto_nb.replay.keeping import Keeper
from racto_nb.replay.ports import RecordedPort


class Recording(Keeper):
    """What calls are recorded on and replayed from: `path` in one of the modes. `speed` is that of replayed streams.

    Equal requests are told apart by their number, counted from when the recording was put to use. `replayed` and `recorded` count
    the requests that were answered from it, and those whose answers were kept.
    """

    def taped(self, provider: Provider, port: ProviderPort, *, fresh: bool = False) -> ProviderPort:
        """`port` of `provider` for one request, through this recording. With `fresh` it is asked anew where anything is asked."""
        return port if self.mode == "off" else RecordedPort(self, provider, port, fresh=fresh)
