"""Look at the notebook's variables without running anything of theirs: no property, no `__getattr__`, no `__dir__`.

Pressing TAB must not start a query, open a connection or raise. What cannot be known without running code is left out.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any, Final, NamedTuple, cast

from racto_nb.notebook.magics.secrecy import names_a_secret

RESULT = "_racto"
_MISSING: Final = object()


class _Pair(NamedTuple):
    first: int


_FIELDS: Any = (MemberDescriptorType, type(vars(_Pair)["first"]))
"""Descriptors that only read: slots, and the fields of a named tuple."""
_DICT, _LIST, _TUPLE = cast("Any", dict), cast("Any", list), cast("Any", tuple)
"""Their own methods are used, not those of a class derived from them."""
_NO_TOOLS = ("racto_nb", "IPython", "builtins", "io", "_io")
"""Functions of these modules stand in every notebook, or help to write one."""
_OF_TOOLS = ("schemas", "get_callable", "validated", "__len__", "__contains__")
"""What a collection of tools has."""
_OF_RETRIEVERS = ("retrieve", "aretrieve")
"""What finds passages has."""
_FRAMES = (("pandas", "DataFrame"), ("polars", "DataFrame"))
_OF_FRAMES = ("columns", "shape")
_PLUMBING = ("builtins", "pandas", "polars", "pydantic")
"""What classes of these modules define says nothing about the data, also where a class of the user's defines it anew."""


def variables(namespace: Mapping[str, Any], hidden: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The names that may stand in `{{…}}` with their kinds: values first, then modules and classes, which lead to values."""
    found = [
        (name, _kind(value))
        for name, value in list(namespace.items())
        if _may_be_named(name) and not _is_called(value) and (name not in hidden or hidden[name] is not value)
    ]
    return sorted(found, key=lambda item: (item[1] != "instance", item[0].startswith("_"), item[0]))


def attributes(owner: object) -> list[tuple[str, str]]:
    """The names of the attributes that may stand behind `owner.` with their kinds. Methods are not among them."""
    found = {name: _kind(value) for name, value in _all_attributes(owner).items() if not _is_called(value)}
    if _is_frame(owner, _FRAMES):
        found |= dict.fromkeys(_OF_FRAMES, "property")
    if _is_frame(owner, _FRAMES[:1]):
        found |= {name: "instance" for name in keys(owner) if name.isidentifier() and _may_be_named(name)}
    return sorted(found.items())


def keys(owner: object) -> list[str]:
    """The texts that may stand behind `owner[`: the keys of a dict, the columns of a frame."""
    if (mapping := _mapping(owner)) is not None:
        found: Iterable[object] = list(_DICT.keys(mapping))
    elif _is_frame(owner, _FRAMES):
        found = cast("Any", owner).columns  # of the library, known to be cheap
    else:
        return []
    return [str(key) for key in found if type(key) is str and "}}" not in key and not names_a_secret(key)]


def value_of(source: str, namespace: Mapping[str, Any]) -> tuple[object] | None:
    """The value of an expression of names, attributes and indexing, in a tuple; None where it cannot be known.

    >>> value_of("rows[0]", {"rows": [["a"]]})
    (['a'],)
    """
    try:
        found = _value(ast.parse(source.strip(), mode="eval").body, namespace)
    except (SyntaxError, ValueError, LookupError, TypeError, RecursionError, MemoryError):
        return None
    return None if found is _MISSING else (found,)


def is_a(value: object, module: str, name: str) -> bool:
    """Whether `value` is an instance of the class `name` of `module`, which is not imported for this."""
    kind: Any = getattr(sys.modules.get(module), name, None)
    return kind in type(value).__mro__


def holding(namespace: Mapping[str, Any], module: str, name: str, *, classes: bool = False, prefix: str = "") -> list[str]:
    """The variables that hold an instance of the class `name` of `module`, or with `classes` a class derived from it.

    With a dotted `prefix`, the attributes of what stands before its last dot. A module that was never imported has no
    instances, and is not imported to find that out.
    """
    kind: object = getattr(sys.modules.get(module), name, None)
    if not isinstance(kind, type):
        return []

    def is_right(value: object) -> bool:
        if not classes:
            return kind in type(value).__mro__
        return _is_class(value) and value is not kind and _derives(cast("type", value), kind)

    owner, dot, _ = prefix.rpartition(".")
    if not dot:
        return sorted(found for found, value in list(namespace.items()) if not found.startswith("_") and is_right(value))
    return _attributes_holding(owner, namespace, is_right)


def tools_in(namespace: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The variables that hold tools: registries, functions and Pydantic classes, but those of this library and of IPython.

    With a dotted `prefix`, the attributes of what stands before its last dot.
    """
    owner, dot, _ = prefix.rpartition(".")
    if dot:
        return _attributes_holding(owner, namespace, _is_tool)
    return sorted(name for name, value in list(namespace.items()) if not name.startswith("_") and _is_tool(value))


def retrievers_in(namespace: Mapping[str, Any]) -> list[str]:
    """The variables that hold what `%%racto rag` asks: a RactoRAG, or another object that retrieves."""
    return sorted(name for name, value in list(namespace.items()) if not name.startswith("_") and _retrieves(value))


def _retrieves(value: object) -> bool:
    return not _is_class(value) and _has_all(type(value), _OF_RETRIEVERS)


def _is_tool(value: object) -> bool:
    if _is_class(value):
        kind: Any = getattr(sys.modules.get("pydantic"), "BaseModel", None)
        return kind is not None and value is not kind and _derives(cast("type", value), kind)
    if type(value) is FunctionType:
        return str(value.__module__).partition(".")[0] not in _NO_TOOLS
    return _has_all(type(value), _OF_TOOLS)


def _attributes_holding(source: str, namespace: Mapping[str, Any], is_right: Callable[[object], bool]) -> list[str]:
    if (owner := value_of(source, namespace)) is None:
        return []
    return [f"{source}.{name}" for name in sorted(_all_attributes(owner[0])) if is_right(_attribute(owner[0], name))]


def _derives(value: type, kind: type) -> bool:
    """Whether a class of the user's, not one of this library, derives from `kind`."""
    return kind in value.__mro__ and not value.__module__.startswith("racto_nb.")


def _value(node: ast.expr, namespace: Mapping[str, Any]) -> object:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)):
            return -number
        case ast.Name(id=name) if _may_be_named(name):
            return namespace[name]
        case ast.Attribute(value=owner, attr=name) if _may_be_named(name):
            return _attribute(_value(owner, namespace), name)
        case ast.Subscript(value=owner, slice=index):
            return _item(_value(owner, namespace), _value(index, namespace))
        case _:
            return _MISSING


def _attribute(owner: object, name: str) -> object:
    found: object = inspect.getattr_static(owner, name, _MISSING)
    if isinstance(found, _FIELDS):
        return cast("Any", found).__get__(owner, type(owner))
    return _MISSING if _has(type(found), "__get__") else found


def _item(owner: object, index: object) -> object:
    """An element of a built-in container: no `__getitem__`, `__missing__` or `__hash__` of the user's."""
    if type(index) not in (int, str, bool):
        return _MISSING
    if (mapping := _mapping(owner)) is not None:
        return _DICT.get(mapping, index, _MISSING)
    for kind in (_LIST, _TUPLE):
        if issubclass(type(owner), kind):
            return kind.__getitem__(owner, index)
    return _MISSING


def _mapping(owner: object) -> object:
    """The dict that `owner` is, or holds where it is the answers of several models; None for everything else."""
    if is_a(owner, "racto_nb.notebook.magics.answers", "Answers"):
        return vars(owner)["_results"]
    return owner if issubclass(type(owner), dict) else None


def _all_attributes(owner: object) -> dict[str, object]:
    """The attributes of `owner` that may be named, as they stand in its dictionaries: a property is not read."""
    own, inherited = _own_names(owner), _classes_of(owner)
    plumbing = {name for base in inherited if _module(base) in _PLUMBING for name in vars(base)} - {*own}
    found: dict[str, object] = dict(own)
    for base in inherited:
        found = {**vars(base), **found}
    return {name: value for name, value in found.items() if name not in plumbing and _may_be_named(name)}


def _is_frame(owner: object, kinds: Sequence[tuple[str, str]]) -> bool:
    return any((_module(base), base.__name__) in kinds for base in type(owner).__mro__)


def _classes_of(owner: object) -> tuple[type, ...]:
    return (cast("type", owner) if _is_class(owner) else type(owner)).__mro__


def _own_names(owner: object) -> Mapping[str, object]:
    if _is_class(owner):
        return {}
    try:
        return cast("dict[str, object]", object.__getattribute__(owner, "__dict__"))
    except AttributeError:
        return {}


def _module(kind: type) -> str:
    return kind.__module__.partition(".")[0]


def _is_class(value: object) -> bool:
    return issubclass(type(value), type)


def _may_be_named(name: object) -> bool:
    """The rule of `{{…}}`: no name that begins with an underscore, but for the last result, and none that names a secret."""
    return isinstance(name, str) and (name == RESULT or not name.startswith("_")) and not names_a_secret(name)


def _is_called(value: object) -> bool:
    """Functions and methods, and kits, have no place in a prompt."""
    if _is_class(value):
        return False
    return (
        issubclass(type(value), classmethod) or _has(type(value), "__call__") or is_a(value, "racto_nb.kits.kit", "DeveloperKit")
    )


def _has(kind: type, name: str) -> bool:
    return any(name in vars(base) for base in kind.__mro__)


def _has_all(kind: type, names: Iterable[str]) -> bool:
    return all(_has(kind, name) for name in names)


def _kind(value: object) -> str:
    if _is_class(value):
        return "class"
    return "module" if issubclass(type(value), ModuleType) else "instance"
