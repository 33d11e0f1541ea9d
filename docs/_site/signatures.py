"""Signatures as a reader writes a call: a field is shown with the type that the source gives it."""

from __future__ import annotations

import inspect
import re

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sphinx.util.inspect import signature as of_callable
from sphinx.util.inspect import stringify_signature

_NO_CODE = re.compile(r"=\s*<(?:[^<>]|<[^<>]*>)*>")
"""A default that is shown as no code: what a dataclass makes, a sentinel, an enum's member."""


def signature_of(value: object, signature: str | None) -> str | None:
    """What stands behind a name, given what Sphinx would write there.

    >>> signature_of(print, "(rows=<factory>)")
    '(rows=...)'
    """
    if inspect.isclass(value):
        if issubclass(value, BaseModel) and value.__init__ is BaseModel.__init__:
            return _of_model(value)
        if getattr(value, "_is_protocol", False):
            return ""
        if "__new__" not in vars(value) and "__init__" in vars(value):  # a base takes anything and hands it on
            written = of_callable(value.__init__, bound_method=True)
            signature = stringify_signature(written, unqualified_typehints=True, show_return_annotation=False)
    return None if signature is None else _NO_CODE.sub("=...", signature)


def _of_model(model: type[BaseModel]) -> str:
    """The fields of a model, without the bounds that Pydantic checks: the docstring tells them."""
    written = {name: text for base in reversed(model.__mro__) for name, text in inspect.get_annotations(base).items()}
    fields = (f"{name}: {written[name]}{_default(field)}" for name, field in model.model_fields.items())
    return f"(*, {', '.join(fields)})" if model.model_fields else "()"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    if field.default_factory is None:
        shown = repr(field.default)
        return " = ..." if shown.startswith("<") else f" = {shown}"
    made = {"list": "[]", "dict": "{}"}
    kind = getattr(field.default_factory, "__origin__", field.default_factory)
    return f" = {made.get(getattr(kind, '__name__', ''), '...')}"
