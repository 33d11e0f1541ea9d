"""What users are warned of. They know these by `racto_nb.exceptions`."""

from __future__ import annotations

__all__ = [
    "CacheWarning",
    "CalibrationWarning",
    "DamagedRecordingWarning",
    "DroppedOptionWarning",
    "HybridSearchWarning",
    "IngestWarning",
    "LedgerWarning",
    "LoginWarning",
    "MCPWarning",
    "PipelineWarning",
    "RetiredModelWarning",
    "ServiceWarning",
    "TelemetryWarning",
    "TruncatedContextWarning",
    "TuningWarning",
]


class RetiredModelWarning(UserWarning):
    """A model that its provider has shut down, or will at a known date. The message names the one to use instead."""


class DroppedOptionWarning(UserWarning):
    """An option that was set is not taken by the model, and was left out or lowered. The message says which."""


class TruncatedContextWarning(UserWarning):
    """A prompt was cut: by the server, which answered what was left, or by a truncator that had no summary of the rest."""


class DamagedRecordingWarning(UserWarning):
    """A line of a recording was torn, as when its process was killed while it wrote. It is left out; the others are used."""


class CacheWarning(UserWarning):
    """A cache failed, and questions go on without it. Said once for each cache; the message says what failed."""


class CalibrationWarning(UserWarning):
    """Too few rows to fit a calibration, prediction sets or a cascade well. The message says how many would do."""


class IngestWarning(UserWarning):
    """Files of a folder could not be ingested; the others were. The message names the first, `report.failed` has all of them.

    Also where what was written down of an ingestion cannot be read: it is missing in `rag.ingestions.list_jobs()`.
    """


class LedgerWarning(UserWarning):
    """The ledger could not be written, so that calls are missing in it. The calls themselves went on."""


class TelemetryWarning(UserWarning):
    """A span of a traced call could not be written. Said once for each tracer; the calls themselves went on."""


class HybridSearchWarning(UserWarning):
    """Chunks are searched by meaning only, since the library that searches by words is not installed. The message names it."""


class LoginWarning(UserWarning):
    """A database is read with a login that could write to it. The message has the lines of SQL that make a reader role."""


class MCPWarning(UserWarning):
    """An MCP server that cannot be reached beside others that can, or a tool that cannot be served. The message says why."""


class PipelineWarning(UserWarning):
    """Something beside a pipeline failed (an audit log, a memory) when its result was there. The result is whole."""


class ServiceWarning(UserWarning):
    """A server beside the models (Redis, a broker) failed, and work goes on without it. Said once for an outage."""


class TuningWarning(UserWarning):
    """A provider's tuning that is ending, or that does not exist. The message has the dates, and what to do instead."""
