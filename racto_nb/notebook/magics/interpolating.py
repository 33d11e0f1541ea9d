r"""`{{expression}}` in a cell: Python values in a prompt, by a rule one can keep in the head.

Names, attributes and indexing are allowed: `{{name}}`, `{{person.city}}`, `{{rows[0]["name"]}}`, `{{frame[:5]}}`. Calls,
operators and names that begin with an underscore are not, so inserting a value never runs the user's functions and never
reaches into an object's machinery. Single braces are plain text, `\{{` is a literal `{{`, and inserted text is not read again.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Mapping
from typing import Any

from racto_nb.exceptions import TemplateError, did_you_mean, nearest
from racto_nb.notebook.magics.wording import worded

_PLACE = re.compile(r"\\\{\{|\{\{(?P<expression>.*?)\}\}", re.DOTALL)
_SECRET_ATTRIBUTE = re.compile(
    r"(?:api_?key|(?:access|auth|bearer|refresh)_?token|secret|secret_?key|password|passwd)s?$", re.IGNORECASE
)
_SECRET_VARIABLE = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS)$", re.IGNORECASE)
_SHORTEST_SECRET = 8


def rendered(template: str, namespace: Mapping[str, Any], *, environment: Mapping[str, str] | None = None) -> str:
    r"""`template` with every `{{expression}}` replaced by its value in `namespace`.

    Raises TemplateError for an expression that is not allowed, not found, or that names a secret (`client.api_key`), and for a
    text that contains the value of an environment variable such as OPENAI_API_KEY. Nothing is replaced by a guess.

    >>> rendered("Hello {{user['name']}}, {keep} \{{this}}", {"user": {"name": "Ann"}})
    'Hello Ann, {keep} {{this}}'
    """
    secrets = _secrets(os.environ if environment is None else environment)

    def replaced(match: re.Match[str]) -> str:
        source = match["expression"]
        if source is None:
            return "{{"
        return worded(value_of(source, namespace), source=source.strip())

    text = _PLACE.sub(replaced, template)
    for name, secret in secrets.items():
        if secret in text:
            message = f"The prompt contains the value of the environment variable {name}. Nothing was sent. Take the secret out."
            raise TemplateError(message, expression=name)
    return text


def value_of(source: str, namespace: Mapping[str, Any]) -> object:
    """The value of one expression of names, attributes and indexing. Raises TemplateError.

    >>> value_of("rows[-1].real", {"rows": [1, 2]})
    2
    """
    try:
        tree = ast.parse(source.strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise TemplateError(_refusal(source, "it is not a Python expression"), expression=source) from error
    try:
        return _value(tree.body, namespace, source)
    except TemplateError:
        raise
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise TemplateError(_refusal(source, reason, rule=False), expression=source) from error


def _value(node: ast.expr, namespace: Mapping[str, Any], source: str) -> Any:
    match node:
        case ast.Name(id=name):
            _check_name(name, source)
            return _looked_up(name, namespace, source)
        case ast.Attribute(value=owner, attr=name):
            _check_name(name, source)
            return getattr(_value(owner, namespace, source), name)
        case ast.Subscript(value=owner, slice=index):
            return _value(owner, namespace, source)[_index(index, namespace, source)]
        case _:
            raise TemplateError(_refusal(source, f"{_kind(node)} is not allowed"), expression=source)


def _index(node: ast.expr, namespace: Mapping[str, Any], source: str) -> Any:
    match node:
        case ast.Constant(value=str() | int() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*[None if part is None else _index(part, namespace, source) for part in (lower, upper, step)])
        case _:
            return _value(node, namespace, source)


def _looked_up(name: str, namespace: Mapping[str, Any], source: str) -> Any:
    if name in namespace:
        return namespace[name]
    known = [known for known in namespace if not known.startswith("_")]
    hint = did_you_mean(name, known) if nearest(name, known) else " Define it in a cell above."
    message = (
        f"{{{{{source}}}}}: there is no variable {name!r}.{hint} Nothing was sent. To write the braces themselves, use \\{{{{."
    )
    raise TemplateError(message, expression=source)


def _check_name(name: str, source: str) -> None:
    if name.startswith("_"):
        raise TemplateError(_refusal(source, f"{name!r} begins with an underscore"), expression=source)
    if _SECRET_ATTRIBUTE.search(name):
        message = f"{{{{{source}}}}} names a secret ({name!r}) and was not sent. If it is none, put the value under another name."
        raise TemplateError(message, expression=source)


def _kind(node: ast.expr) -> str:
    known: dict[type[ast.expr], str] = {
        ast.Call: "a call",
        ast.BinOp: "an operator",
        ast.Lambda: "a lambda",
        ast.JoinedStr: "an f-string",
    }
    return known.get(type(node), f"a {type(node).__name__} expression")


def _refusal(source: str, reason: str, *, rule: bool = True) -> str:
    allowed = " Only names, attributes and indexing are; compute the value in a cell above and insert its name." if rule else ""
    return (
        f"{{{{{source}}}}} cannot be inserted: {reason}.{allowed} Nothing was sent. To write the braces themselves, use \\{{{{."
    )


def _secrets(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if _SECRET_VARIABLE.search(name) and len(value.strip()) >= _SHORTEST_SECRET
    }
