"""Classes of answers that travel as a name and a JSON schema. Pure.

A program that has the class uses it, with all its checks. One that has not, such as a worker that is asked from a notebook, takes
the schema for it: the model is told the whole of it, and what is checked there is that all its fields came; the rest is checked
where the answer is read.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, ClassVar, cast

from pydantic import BaseModel, RootModel, model_validator

from racto_nb.exceptions import UsageError
from racto_nb.prompts.schemas import schema_of

_MAIN = "__main__"


def class_name(model: type[BaseModel]) -> str:
    """What a class is called on the wire."""
    return f"{model.__module__}:{model.__qualname__}"


class SentClass(RootModel[Any]):
    """An answer of a class that only its sender has."""

    sent_schema: ClassVar[Mapping[str, Any]] = {}

    @model_validator(mode="after")
    def _has_all_fields(self) -> SentClass:
        schema = self.sent_schema
        if schema.get("type") == "object" and "properties" in schema:
            given: object = self.root
            if not isinstance(given, dict):
                msg = "the answer is not an object"
                raise ValueError(msg)
            if lacking := [name for name in schema.get("required", ()) if name not in given]:
                msg = f"the answer has no {', '.join(lacking)}"
                raise ValueError(msg)
        return self

    @classmethod
    def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
        """The schema that came."""
        return deepcopy(dict(cls.sent_schema))


def class_from(name: str, schema: Mapping[str, Any], classes: Mapping[str, type[BaseModel]]) -> type[BaseModel]:
    """The class `name` of this program, or one that stands for it. Raises UsageError where this program has another version."""
    found = classes.get(name) or _loaded(name)
    if found is None:
        return cast("type[BaseModel]", type(name.rpartition(":")[2].rpartition(".")[2], (SentClass,), {"sent_schema": schema}))
    if schema_of(found) != schema:
        msg = (
            f"The class {name!r} has other fields here than where the question was asked. Start the workers again with the code "
            "that asks."
        )
        raise UsageError(msg)
    return found


def _loaded(name: str) -> type[BaseModel] | None:
    """The class if its module is loaded here. The main program of a worker is never that of who asks."""
    module, _, path = name.partition(":")
    found: object = None if module == _MAIN else sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    return found if isinstance(found, type) and issubclass(found, BaseModel) else None
