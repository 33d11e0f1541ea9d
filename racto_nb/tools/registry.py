"""The functions that a model may ask for, by name; and `@tool`, which makes a function ready for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar, cast, overload

from racto_nb.exceptions import NotFoundError, UsageError, WrongTypeError
from racto_nb.tools.arguments import of_schema
from racto_nb.tools.checking import checked
from racto_nb.tools.declaring import Tool, declared, is_same, leave_mark, refuse_name
from racto_nb.tools.schema import ParamSchema, ToolSchema
from racto_nb.tools.signatures import Target, is_unbound, label

__all__ = ["ParamSchema", "ToolRegistry", "ToolSchema", "tool"]

AnyTarget = TypeVar("AnyTarget", bound=Callable[..., object])


class ToolRegistry:
    """Tools by their names, in the order in which they were registered. Give it to a question as `ChatConfig(tools=…)`.

    What a tool may be: a function, sync or async, a bound method, a `functools.partial`, a callable object, or a Pydantic class;
    the latter describes arguments only, and nothing is called. Annotations become the JSON schema, the docstring the texts.

    >>> registry = ToolRegistry()
    >>> @registry.register
    ... def get_weather(city: str, unit: str = "celsius") -> str:
    ...     '''Get the weather.
    ...
    ...     :param city: The city's name.
    ...     '''
    ...     return f"Sunny in {city}"
    >>> registry.schemas[0].to_json_schema()["properties"]["city"]
    {'type': 'string', 'description': "The city's name."}
    >>> registry.get_callable("get_weather")(**registry.validated("get_weather", {"city": "Oslo"}))
    'Sunny in Oslo'
    """

    def __init__(self, tools: Iterable[Callable[..., object]] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        for target in tools:
            self.register(target)

    @overload
    def register(self, target: AnyTarget, *, name: str | None = None, description: str | None = None) -> AnyTarget: ...

    @overload
    def register(
        self, target: None = None, *, name: str | None = None, description: str | None = None
    ) -> Callable[[AnyTarget], AnyTarget]: ...

    def register(self, target: Any = None, *, name: str | None = None, description: str | None = None) -> Any:
        """Register `target` and return it: `@registry.register`, `@registry.register(name=…)`, or a call.

        The name is `name`, else the one given to `@tool`, else the function's; the description likewise, its last resort is the
        first paragraph of the docstring. A function that is written anew under its old name, in the same module, takes the old
        one's place: run a notebook's cell as often as you like.

        Raises `UsageError` for a name that is taken by another target or that providers refuse, for a method without its object,
        and for a parameter that JSON cannot fill; `WrongTypeError` for what cannot be called.

        >>> registry = ToolRegistry()
        >>> registry.register(len, name="size", description="How long a text is.") is len
        True
        >>> "size" in registry
        True
        """
        if target is None:
            return partial(self.register, name=name, description=description)
        new = declared(target, name=name, description=description)
        if is_unbound(new.target):
            raise UsageError(
                f"{label(target)} is a method without its object, and a model cannot give it one. "
                "Register the method of an object: registry.register(obj.method)."
            )
        old = self._tools.get(new.schema.name)
        if old is not None and not is_same(old.target, new.target):
            raise UsageError(_taken(new.schema.name, label(old.target), label(target)))
        self._tools[new.schema.name] = new
        return target

    def register_described(self, schema: ToolSchema, function: Callable[..., object]) -> None:
        """Register `function` under a `schema` that was written elsewhere, such as by a server.

        Its arguments are checked for their names here and for everything else where it runs. Raises `UsageError` for a name that
        is taken, or that providers refuse.

        >>> registry = ToolRegistry()
        >>> registry.register_described(ToolSchema(name="ping", description="Answers."), lambda: "pong")
        >>> registry.validated("ping", {})
        {}
        """
        refuse_name(schema.name, function)
        if schema.name in self._tools:
            raise UsageError(_taken(schema.name, label(self._tools[schema.name].target), label(function)))
        self._tools[schema.name] = Tool(function, schema, of_schema(schema.to_json_schema()), function)

    def adopt(self, other: ToolRegistry, name: str) -> None:
        """Take the tool `name` over as the registry `other` has it. Raises as `register` does."""
        found = other._known(name)
        if name in self._tools and not is_same(self._tools[name].target, found.target):
            raise UsageError(_taken(name, label(self._tools[name].target), label(found.target)))
        self._tools[name] = found

    def unregister(self, name: str) -> None:
        """Take the tool `name` out. Raises `NotFoundError`, with the nearest names, if there is none."""
        self._known(name)
        del self._tools[name]

    @property
    def schemas(self) -> list[ToolSchema]:
        """All tools as a model must know them."""
        return [each.schema for each in self._tools.values()]

    @property
    def tools(self) -> dict[str, ToolSchema]:
        """The same by name. A copy: changing it changes no registry."""
        return {name: each.schema for name, each in self._tools.items()}

    def get_schema(self, name: str) -> ToolSchema | None:
        """The schema of the tool `name`, or None if there is no such tool."""
        found = self._tools.get(name)
        return None if found is None else found.schema

    def get_callable(self, name: str) -> Callable[..., Any] | None:
        """What to call with keyword arguments for the tool `name`; None for a Pydantic class, and if there is no such tool.

        It is the function itself, or a function around it where arguments must be passed by place (`def f(a, /)`, `*args`).
        """
        found = self._tools.get(name)
        return None if found is None else found.function

    def validated(self, name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """`arguments`, the JSON that a model gave for the tool `name`, as keyword arguments for its function: checked, converted.

        What was not given is left out, so that the function's own defaults hold. Raises `UsageError`, a ValueError, that names
        each wrong, missing or unknown argument; `NotFoundError`, with the nearest names, for an unknown tool.

        >>> from datetime import date
        >>> def book(day: date, nights: int = 1) -> None: ...
        >>> ToolRegistry([book]).validated("book", {"day": "2026-07-14"})
        {'day': datetime.date(2026, 7, 14)}
        >>> ToolRegistry([book]).validated("book", {"nights": 2})
        Traceback (most recent call last):
        ...
        racto_nb.exceptions.UsageError: Wrong arguments for the tool 'book': day: it is required and was not given
        """
        return checked(name, arguments, self._known(name).arguments)

    def _known(self, name: str) -> Tool:
        if name not in self._tools:
            raise NotFoundError.among("tool", name, self._tools)
        return self._tools[name]

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._tools)

    def __repr__(self) -> str:
        return f"<ToolRegistry: {', '.join(self._tools) or 'empty'}>"


def _taken(name: str, by: str, wanted: str) -> str:
    other = f"{wanted} is another" if wanted != by else "this one belongs to another object, or was made around other values"
    mend = f"Give it a name of its own with name=…, or call unregister({name!r}) first."
    return f"The name {name!r} is taken by {by}, and {other}. {mend}"


@overload
def tool(
    fn: AnyTarget, *, name: str | None = None, description: str | None = None, registry: ToolRegistry | None = None
) -> AnyTarget: ...


@overload
def tool(
    fn: ToolRegistry | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    registry: ToolRegistry | None = None,
) -> Callable[[AnyTarget], AnyTarget]: ...


def tool(fn: Any = None, *, name: str | None = None, description: str | None = None, registry: ToolRegistry | None = None) -> Any:
    """Make a function, or a Pydantic class, ready to be a tool: `@tool`, `@tool(name=…, description=…)`, `@tool(registry)`.

    What is decorated stays what it was; its schema is made at once, so that what cannot be described is told where it is written.
    A registry uses the name and the description given here. With a registry it is registered as well.

    >>> @tool(name="add")
    ... def add_numbers(a: int, b: int) -> int:
    ...     '''Add two integers.'''
    ...     return a + b
    >>> add_numbers(1, 2), ToolRegistry([add_numbers])
    (3, <ToolRegistry: add>)
    """
    if isinstance(fn, ToolRegistry):
        if registry is not None and registry is not fn:
            raise UsageError("@tool was given two registries. Write @tool(registry) or @tool(registry=registry).")
        return tool(name=name, description=description, registry=fn)
    if registry is not None and not isinstance(registry, ToolRegistry):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise WrongTypeError(f"registry is to be a ToolRegistry, not a {type(registry).__name__}.")

    def decorated(target: AnyTarget) -> AnyTarget:
        schema = declared(target, name=name, description=description).schema
        if registry is not None:
            registry.register(target, name=name, description=description)
        leave_mark(cast("Target", target), schema)
        return target

    return decorated if fn is None else decorated(fn)
