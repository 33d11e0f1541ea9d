"""OpenTelemetry spans around every call of every kit, under the names of its conventions for generative AI.

    from racto_nb import telemetry

    telemetry.use()                  # to the TracerProvider that the process has set
    telemetry.use(provider)          # or to one of your own

It is off by default, and OpenTelemetry (`racto-nb[telemetry]`) is not imported until it is turned on, here or with
RACTO_TELEMETRY. Questions and answers are written only where that is asked for.
"""

from racto_nb.telemetry.choosing import current, follow_environment, stop, traced, use
from racto_nb.telemetry.headers import continuing, with_trace

__all__ = ["continuing", "current", "follow_environment", "stop", "traced", "use", "with_trace"]
