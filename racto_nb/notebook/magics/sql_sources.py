"""What `%%racto sql SOURCE` asks: a pipeline, a frame or a database of the notebook, an address, or a file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from racto_nb._paths import expanded
from racto_nb.exceptions import UsageError, did_you_mean, nearest
from racto_nb.notebook.magics.interpolating import value_of
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline

LINE = "%%racto sql SOURCE"
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_OF_FRAMES = ("collect_schema", "iloc")
"""What the classes of data frames have, of polars and of pandas."""
_ENGINES = ("execute", "connect", "run", *_OF_FRAMES)
_HELP = (
    f"{LINE} is asked of a variable (a SQLAnalystPipeline, a data frame, a dict of frames, a connection), of a file such as "
    "shop.duckdb or sales.csv, of an address such as postgresql://reader@host/shop, or of $NAME, which holds an address."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: the `pipeline` of a variable, or what a new one is to be asked of."""

    pipeline: SQLAnalystPipeline | None = None
    connection_string: str | None = None
    engine: object = None

    @property
    def source(self) -> dict[str, Any]:
        """It as keywords of `run`."""
        if self.pipeline is not None:
            return {}
        return {"connection_string": self.connection_string} if self.engine is None else {"engine": self.engine}


def source_of(word: str, namespace: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Asked:
    """What `word` names. A variable goes before a file of the same name; UsageError where it names nothing."""
    if not word:
        raise UsageError(f"Say what to ask. {_HELP}")
    if word.startswith("$"):
        return Asked(connection_string=_from_environment(word[1:], environment))
    if _NAME.fullmatch(word) and word.partition(".")[0] in namespace:
        return _of_a_variable(word, namespace)
    if "://" in word or expanded(word).exists():
        return Asked(connection_string=word if "://" in word else str(expanded(word)))
    known = sorted(name for name, value in namespace.items() if not name.startswith("_") and _may_be_asked(value))
    hint = did_you_mean(word, known) if nearest(word, known) else ""
    raise UsageError(f"There is no variable and no file {word!r}.{hint} {_HELP} Nothing was sent.")


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if name in environment:
        return environment[name]
    hint = did_you_mean(name, environment)
    raise UsageError(f"There is no environment variable {name!r}.{hint} Nothing was sent.")


def _of_a_variable(word: str, namespace: Mapping[str, Any]) -> Asked:
    found = value_of(word, namespace, shown=LINE.replace("SOURCE", word))
    if isinstance(found, SQLAnalystPipeline):
        return Asked(pipeline=found)
    if isinstance(found, str | Path):
        return Asked(connection_string=str(found))
    if isinstance(found, type) or not _may_be_asked(found):
        raise UsageError(f"{word!r} is a {type(found).__name__}, which holds no rows to ask for. {_HELP} Nothing was sent.")
    if any(hasattr(type(found), name) for name in _OF_FRAMES):
        return Asked(engine={word.rpartition(".")[2]: found})  # the table is called as the variable is
    return Asked(engine=found)


def _may_be_asked(value: object) -> bool:
    """Whether `value` may hold rows, as its class says: nothing of the value itself is run to find that out."""
    kind = type(value)
    if kind is dict:
        return bool(value)
    return (
        not isinstance(value, type)
        and (issubclass(kind, SQLAnalystPipeline) or any(hasattr(kind, name) for name in _ENGINES))
        and not kind.__module__.startswith(("racto_nb.notebook", "IPython"))
    )
