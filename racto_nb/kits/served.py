"""What kits of providers behind HTTP share: the port with their connections, and how it is closed.

It stands beside `DeveloperKit` and before it among a kit's bases: it is no kit by itself.
"""

from __future__ import annotations

from racto_nb.providers.http_port import HttpPort


class Served:
    """A kit with connections to a server, in `_port`, which its `__init__` sets."""

    _port: HttpPort

    def close(self) -> None:
        """Close the connections. Using the kit again opens others."""
        self._port.close()

    async def aclose(self) -> None:
        """Close the connections. Using the kit again opens others.

        Those of the running event loop are closed too. Other loops close theirs when they end.
        """
        await self._port.aclose()
