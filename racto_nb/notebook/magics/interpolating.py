r"""`{{expression}}` in a cell: Python values in a prompt, by a rule one can keep in the head.

Names, attributes and indexing are allowed: `{{name}}`, `{{person.city}}`, `{{rows[0]["name"]}}`, `{{frame[:5]}}`. Calls,
operators and names that begin with an underscore (but for `_racto`) are not, so inserting a value calls no function and never
reaches into an object's machinery. Single braces are plain text, `\{{` is a literal `{{`, and inserted text is not read again.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from typing import Any

from racto_nb.exceptions import TemplateError, did_you_mean, nearest
from racto_nb.notebook.magics.secrecy import names_a_secret, refuse_secrets
from racto_nb.notebook.magics.wording import clipped, worded

_PLACE = re.compile(r"\\\{\{|\{\{(?P<expression>.*?)(?P<end>\}\}|\Z)", re.DOTALL)
_RESULT = "_racto"
# The ways from a generator, coroutine or traceback into the variables of running code.
_MACHINERY = frozenset({"gi_frame", "cr_frame", "ag_frame", "tb_frame", "f_back", "f_builtins", "f_globals", "f_locals"})
_BRACES = r" To write the braces themselves, use \{{."
_KINDS: Mapping[type[ast.expr], str] = {
    ast.Await: "await",
    ast.BinOp: "an operator",
    ast.BoolOp: "an operator",
    ast.Call: "a call",
    ast.Compare: "an operator",
    ast.Constant: "a literal",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.IfExp: "a condition",
    ast.JoinedStr: "an f-string",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.NamedExpr: "an assignment",
    ast.SetComp: "a comprehension",
    ast.UnaryOp: "an operator",
    ast.Yield: "yield",
}


def rendered(template: str, namespace: Mapping[str, Any], *, environment: Mapping[str, str] | None = None) -> str:
    r"""`template` with every `{{expression}}` replaced by its value in `namespace`.

    Raises TemplateError for an expression that is not closed, not allowed, not found, or that names a secret
    (`client.api_key`), and for a text that contains the value of an environment variable such as OPENAI_API_KEY. Nothing is
    replaced by a guess.

    >>> rendered(r"Hello {{user['name']}}, {keep} \{{this}}", {"user": {"name": "Ann"}})
    'Hello Ann, {keep} {{this}}'
    """

    def replaced(match: re.Match[str]) -> str:
        source = match["expression"]
        if source is None:
            return "{{"
        if not match["end"]:
            raise TemplateError(
                f"{_place(source, '')} is not closed: }}}} is missing. Nothing was sent.{_BRACES}", expression=source
            )
        try:
            return worded(value_of(source, namespace, shown=_place(source)), source=_line(source))
        except TemplateError as error:
            raise TemplateError(f"{error}{_BRACES}", expression=source) from error.__cause__

    text = _PLACE.sub(replaced, template)
    refuse_secrets(text, os.environ if environment is None else environment)
    return text


def value_of(source: str, namespace: Mapping[str, Any], *, shown: str | None = None) -> object:
    """The value of one expression of names, attributes and indexing. Raises TemplateError, which calls it `shown`.

    >>> value_of("rows[-1].real", {"rows": [1, 2]})
    2
    """
    reading = _Reading(source, shown or repr(_line(source)))
    if not source.strip():
        raise reading.refusal("it is empty")
    try:
        # In parentheses, so that an expression may go over several lines; the line break ends a comment.
        tree = ast.parse(f"({source.strip()}\n)", mode="eval")
        return reading.value(tree.body, namespace)
    except TemplateError:
        raise
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise reading.refusal("it is not a Python expression") from error
    except Exception as error:
        reason = clipped(f"{type(error).__name__}: {error}", 200)
        raise reading.refusal(reason, rule=False) from error


class _Reading:
    """One expression while it is read: `source` as written, `shown` as messages call it."""

    def __init__(self, source: str, shown: str) -> None:
        self._source = source
        self._shown = shown

    def value(self, node: ast.expr, namespace: Mapping[str, Any]) -> Any:
        match node:
            case ast.Name(id=name):
                if name != _RESULT:
                    self._check_name(name)
                return self._looked_up(name, namespace)
            case ast.Attribute(value=owner, attr=name):
                self._check_name(name)
                return getattr(self.value(owner, namespace), name)
            case ast.Subscript(value=owner, slice=index):
                return self.value(owner, namespace)[self._index(index, namespace)]
            case _:
                raise self.refusal(f"{_KINDS.get(type(node), f'a {type(node).__name__.lower()}')} is not allowed")

    def _index(self, node: ast.expr, namespace: Mapping[str, Any]) -> Any:
        match node:
            case ast.Constant(value=key):
                if isinstance(key, str):
                    self._check_secret(key)
                return key
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
                return -number
            case ast.Tuple(elts=parts):
                return tuple(self._index(part, namespace) for part in parts)
            case ast.List(elts=parts):
                return [self._index(part, namespace) for part in parts]
            case ast.Slice(lower=lower, upper=upper, step=step):
                return slice(*[None if part is None else self._index(part, namespace) for part in (lower, upper, step)])
            case _:
                return self.value(node, namespace)

    def _looked_up(self, name: str, namespace: Mapping[str, Any]) -> Any:
        if name in namespace:
            return namespace[name]
        known = [known for known in namespace if not known.startswith("_")]
        hint = did_you_mean(name, known) if nearest(name, known) else " Define it in a cell above."
        message = f"{self._shown}: there is no variable {name!r}.{hint} Nothing was sent."
        raise TemplateError(message, expression=self._source)

    def _check_name(self, name: str) -> None:
        if name.startswith("_"):
            raise self.refusal(f"{name!r} begins with an underscore")
        if name in _MACHINERY:
            raise self.refusal(f"{name!r} leads into running code")
        self._check_secret(name)

    def _check_secret(self, name: str) -> None:
        if names_a_secret(name):
            reason = f"{self._shown} names a secret ({name!r}). If it is none, put the value under another name."
            raise TemplateError(f"{reason} Nothing was sent.", expression=self._source)

    def refusal(self, reason: str, *, rule: bool = True) -> TemplateError:
        allowed = " Only names, attributes and indexing are; compute the value in a cell above and give its name." if rule else ""
        return TemplateError(f"{self._shown} cannot be read: {reason}.{allowed} Nothing was sent.", expression=self._source)


def _place(source: str, end: str = "}}") -> str:
    return "{{" + _line(source) + end


def _line(source: str) -> str:
    return clipped(" ".join(source.split()), 80)
