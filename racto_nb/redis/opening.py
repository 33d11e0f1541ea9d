"""The one file that knows redis-py: how its clients are opened and closed, and what they raise. Kind: both colours."""

from __future__ import annotations

import inspect
from typing import Any
from weakref import finalize

from racto_nb._extras import imported, refuse_missing
from racto_nb.exceptions import ServiceError, UsageError
from racto_nb.redis.places import options_of

EXTRA = "redis"
MOST_CONNECTIONS = 64
"""For each process and each event loop. Who comes when all are in use waits for one."""
_PATIENCE = 5.0
"""Seconds to wait for one of them."""
_OBJECTS = {"connection_class", "credential_provider", "driver_info", "encoder_class", "parser_class", "queue_class", "retry"}
"""Options of redis-py that a text cannot be."""
_PASSING = ("BUSY", "CLUSTERDOWN", "LOADING", "MASTERDOWN", "MISCONF", "NOREPLICAS", "OOM", "READONLY", "TRYAGAIN")
"""How a server begins to say that it cannot do now what it can at other times."""
_PASSING_NAMES = ("ClusterDownError", "MasterDownError", "OutOfMemoryError", "ReadOnlyError", "TryAgainError")


class RedisOpening:
    """Opens clients of the server at `url`, each with a pool of connections, that give up soon: nobody waits for a cache.

    A request is sent once: after a lost connection nobody knows whether it was carried out, and to count twice is worse than to
    go on without. redis-py looks before each request whether the server has closed an idle connection, and opens another.
    """

    def __init__(self, url: str, timeout: float) -> None:
        refuse_missing("redis", extra=EXTRA)
        self._url = url
        self._timeout = timeout

    def opened(self) -> Any:
        """A synchronous client. Where it is dropped, its connections end with it."""
        redis = imported("redis", extra=EXTRA)
        pool = self._pool(redis.BlockingConnectionPool, _once("redis.retry"))
        client = redis.Redis(connection_pool=pool)
        # redis-py leaves that to the connections themselves: the collector may then come to their sockets first, which warn.
        finalize(client, pool.disconnect).atexit = False
        return client

    def opened_async(self) -> Any:
        """An asynchronous client."""
        redis = imported("redis.asyncio", extra=EXTRA)
        return redis.Redis(connection_pool=self._pool(redis.BlockingConnectionPool, _once("redis.asyncio.retry")))

    def closed(self, client: Any) -> None:
        """Close a synchronous client and its connections."""
        client.close()
        client.connection_pool.disconnect()

    async def aclosed(self, client: Any) -> None:
        """Close an asynchronous client and its connections."""
        await client.aclose()
        await client.connection_pool.disconnect()

    def _pool(self, kind: Any, retry: Any) -> Any:
        """A pool of connections. Raises UsageError for options of the URL that are none, by making one that is not connected."""
        failure = imported("redis.exceptions", extra=EXTRA).RedisError
        given, pool = options_of(self._url), None
        try:
            pool = kind.from_url(self._url, retry=retry, **self._options())
            pool.connection_class(**pool.connection_kwargs)
            wrong = not _OBJECTS.isdisjoint(given)
        except (TypeError, ValueError, AttributeError, failure):
            wrong = True  # their texts may hold a value, and that a password
        if wrong:
            names = ", ".join(given) or "none whose name can be shown"
            msg = (
                f"An option after the ? of the url is unknown to redis-py, or has a value that it cannot have. The options are: "
                f"{names}. Write such as ?socket_timeout=3, with the names of redis.Redis."
            )
            raise UsageError(msg)
        return pool

    def _options(self) -> dict[str, Any]:
        """What is not said in the URL. Neither `protocol` nor `legacy_responses`: either would change the shapes of replies."""
        library = imported("redis", extra=EXTRA)
        # Told its version, redis-py does not read it from the disk for each connection, which would block an event loop.
        told = imported("redis.driver_info", extra=EXTRA).DriverInfo(lib_version=library.__version__)
        return {
            "driver_info": told,
            "socket_connect_timeout": self._timeout,
            "socket_timeout": self._timeout,
            "max_connections": MOST_CONNECTIONS,
            "timeout": _PATIENCE,
        }


def _once(module: str) -> Any:
    backoff = imported("redis.backoff", extra=EXTRA)
    return imported(module, extra=EXTRA).Retry(backoff.NoBackoff(), 0)


def is_asynchronous(client: object) -> bool:
    """Whether a client that a user gave is one of `redis.asyncio`."""
    return inspect.iscoroutinefunction(getattr(client, "execute_command", None))


def is_cluster(client: object) -> bool:
    """Whether a client that a user gave is one of a cluster, of redis-py or of a library that was made of it."""
    return any(kind.__name__ in {"RedisCluster", "ValkeyCluster"} for kind in type(client).__mro__)


def is_unknown_script(error: Exception) -> bool:
    """Whether the server did nothing, since it does not know a script by its hash (any more)."""
    return type(error).__name__ == "NoScriptError" or str(error).startswith("NOSCRIPT")


def is_failure(error: Exception) -> bool:
    """Whether `error` tells of the server or of the way to it, and not of a call written wrongly."""
    return isinstance(error, imported("redis.exceptions", extra=EXTRA).RedisError | OSError)


def is_silence(error: Exception) -> bool:
    """Whether nobody has answered in the time that was given."""
    return isinstance(error, imported("redis.exceptions", extra=EXTRA).TimeoutError | TimeoutError)


def is_refusal(error: Exception) -> bool:
    """Whether the server is there and says no: to a password, to what a user may not do, to a key that holds something else."""
    kinds = imported("redis.exceptions", extra=EXTRA)
    if isinstance(error, kinds.AuthenticationError | kinds.AuthorizationError | kinds.NoPermissionError):
        return True
    if not isinstance(error, kinds.ResponseError) or type(error).__name__ in _PASSING_NAMES:
        return False
    said = str(error)  # what fails in a script is told behind other words
    return not said.startswith(_PASSING) and not any(f"-{word} " in said for word in _PASSING)


def ours(error: Exception, place: str) -> ServiceError:
    """Our error for a failure. The libraries' own texts hold hosts and ports, and no password; only the first line is taken."""
    said = (str(error) or type(error).__name__).partition("\n")[0].rstrip(".")
    refused = is_refusal(error)
    what = "refuses" if refused else "failed"
    return ServiceError(f"Redis at {place} {what} ({type(error).__name__}: {said}).", place=place, refused=refused)
