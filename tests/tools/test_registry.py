"""The registry: what can be a tool, by which name, and what comes back."""

from __future__ import annotations

import functools
import inspect
import sys
from types import ModuleType

import pytest
from pydantic import BaseModel

import racto_nb
from racto_nb import tools
from racto_nb.exceptions import NotFoundError, UsageError, WrongTypeError
from racto_nb.models import ToolSource
from racto_nb.tools import ToolRegistry, tool


def greet(name: str) -> str:
    """Say hello
    to somebody.

    More on it.
    """
    return f"Hello {name}"


class Search(BaseModel):
    """Search the shelves."""

    query: str


class Store:
    def find(self, item: str) -> str:
        """Find an item."""
        return f"{item} in {self!r}"

    @classmethod
    def count(cls, item: str) -> int:
        return len(item)

    @staticmethod
    def same(item: str) -> str:
        return item

    def __repr__(self) -> str:
        return "the store"


class Adder:
    """Add to a number."""

    def __init__(self, by: int) -> None:
        self.by = by

    def __call__(self, number: int) -> int:
        return number + self.by


class LaterAdder(Adder):
    async def __call__(self, number: int) -> int:
        return number + self.by


@pytest.fixture
def registry() -> ToolRegistry:
    return ToolRegistry()


def test_every_documented_path_leads_to_the_same_names():
    from racto_nb.tools import registry as module

    assert racto_nb.ToolRegistry is tools.ToolRegistry is module.ToolRegistry
    assert racto_nb.tool is tools.tool is module.tool
    assert (tools.ToolSchema, tools.ParamSchema) == (module.ToolSchema, module.ParamSchema)


def test_a_registry_is_a_source_of_tools(registry: ToolRegistry):
    assert isinstance(registry, ToolSource)


def test_register_gives_its_target_back_as_a_decorator_and_as_a_call(registry: ToolRegistry):
    assert registry.register(greet) is greet
    assert registry.register(name="hello", description="Hi.")(greet) is greet
    assert registry.register(Search) is Search
    assert list(registry) == ["greet", "hello", "Search"]


def test_the_description_is_the_whole_first_paragraph(registry: ToolRegistry):
    registry.register(greet)
    assert registry.schemas[0].description == "Say hello to somebody."


def test_a_name_and_a_description_that_are_given_go_first(registry: ToolRegistry):
    registry.register(greet, name="hello", description="Hi.")
    schema = registry.tools["hello"]
    assert (schema.name, schema.description) == ("hello", "Hi.")


def test_a_registry_counts_knows_and_shows_its_tools(registry: ToolRegistry):
    assert repr(registry) == "<ToolRegistry: empty>"
    registry = ToolRegistry([greet, Search])
    assert len(registry) == 2
    assert "greet" in registry
    assert "Greet" not in registry
    assert repr(registry) == "<ToolRegistry: greet, Search>"
    assert [schema.name for schema in registry.schemas] == ["greet", "Search"]


def test_an_empty_registry_is_still_a_registry_to_pydantic(registry: ToolRegistry):
    from racto_nb.models import ChatConfig

    assert ChatConfig(user_message="Hi", tools=registry).tools is registry


def test_what_is_not_there_is_none(registry: ToolRegistry):
    assert registry.get_schema("greet") is None
    assert registry.get_callable("greet") is None


def test_a_function_is_handed_out_as_it_is(registry: ToolRegistry):
    registry.register(greet)
    assert registry.get_callable("greet") is greet
    assert registry.get_schema("greet") is registry.tools["greet"]


def test_a_pydantic_class_has_a_schema_and_nothing_to_call(registry: ToolRegistry):
    registry.register(Search)
    assert registry.get_callable("Search") is None
    assert registry.schemas[0].description == "Search the shelves."


def test_a_pydantic_class_without_a_docstring_does_not_inherit_pydantics(registry: ToolRegistry):
    class Bare(BaseModel):
        query: str

    registry.register(Bare)
    assert registry.schemas[0].description == ""


def test_the_tables_of_a_registry_are_copies(registry: ToolRegistry):
    registry.register(greet)
    registry.tools.clear()
    registry.schemas.clear()
    registry.schemas[0].to_json_schema()["properties"].clear()
    assert list(registry.schemas[0].to_json_schema()["properties"]) == ["name"]


def test_a_bound_method_is_called_on_its_object(registry: ToolRegistry):
    registry.register(Store().find)
    schema = registry.schemas[0]
    assert (schema.name, schema.description, [each.name for each in schema.parameters]) == ("find", "Find an item.", ["item"])
    assert registry.get_callable("find")(item="tea") == "tea in the store"


def test_class_methods_and_static_methods_are_tools(registry: ToolRegistry):
    registry.register(Store.count)
    registry.register(Store.same)
    assert registry.get_callable("count")(**registry.validated("count", {"item": "tea"})) == 3
    assert registry.get_callable("same")(**registry.validated("same", {"item": "tea"})) == "tea"


def test_a_method_without_its_object_is_refused(registry: ToolRegistry):
    with pytest.raises(UsageError, match=r"Store\.find is a method without its object.*registry\.register\(obj\.method\)"):
        registry.register(Store.find)
    assert len(registry) == 0


def test_what_a_partial_has_filled_is_not_for_the_model(registry: ToolRegistry):
    def between(low: int, high: int, number: int) -> bool:
        """Whether a number lies between."""
        return low <= number <= high

    registry.register(functools.partial(between, 1, high=5))
    assert [each.name for each in registry.schemas[0].parameters] == ["number"]
    assert registry.schemas[0].description == "Whether a number lies between."
    assert registry.get_callable("between")(**registry.validated("between", {"number": 3})) is True
    with pytest.raises(UsageError, match="high: there is no such argument"):
        registry.validated("between", {"number": 3, "high": 9})


def test_a_callable_object_goes_by_the_name_of_its_class(registry: ToolRegistry):
    registry.register(Adder(2))
    assert registry.schemas[0].description == "Add to a number."
    assert registry.get_callable("Adder")(**registry.validated("Adder", {"number": 3})) == 5


async def test_an_async_function_and_an_async_object_show_that_they_are(registry: ToolRegistry):
    async def later(number: int, /) -> int:
        return number

    registry.register(later)
    registry.register(LaterAdder(1))
    for name in ("later", "LaterAdder"):
        function = registry.get_callable(name)
        assert inspect.iscoroutinefunction(function)
        assert await function(number=1) in {1, 2}


def test_a_function_can_be_unregistered(registry: ToolRegistry):
    registry.register(greet)
    registry.unregister("greet")
    assert len(registry) == 0
    with pytest.raises(NotFoundError, match="no tool 'greet'"):
        registry.unregister("greet")


def test_a_taken_name_is_an_error_that_names_both(registry: ToolRegistry):
    def other() -> None: ...

    registry.register(greet)
    with pytest.raises(UsageError, match=r"'greet' is taken by .*greet, and .*other is another.*name=….*unregister\('greet'\)"):
        registry.register(other, name="greet")
    assert registry.get_callable("greet") is greet


def test_the_same_target_may_be_registered_again(registry: ToolRegistry):
    for _ in range(2):
        registry.register(greet)
        registry.register(Search)
    assert len(registry) == 2


def test_a_cell_that_is_run_again_replaces_its_tool(registry: ToolRegistry):
    cell = "@registry.register\ndef area(width: int): 'One.'\n"
    names = {"registry": registry, "__name__": "__main__"}
    exec(cell, names)
    exec(cell.replace("width: int", "width: int, height: int").replace("One", "Two"), names)
    assert registry.schemas[0].description == "Two."
    assert registry.get_callable("area") is names["area"]


def test_a_class_in_a_cell_that_is_run_again_replaces_its_tool(registry: ToolRegistry):
    cell = "from pydantic import BaseModel\n@registry.register\nclass Query(BaseModel):\n    q: str\n"
    names = {"registry": registry, "__name__": "__main__"}
    exec(cell, names)
    exec(cell + "    n: int\n", names)
    assert [each.name for each in registry.schemas[0].parameters] == ["q", "n"]


def test_one_function_made_around_two_values_is_two_tools(registry: ToolRegistry):
    def made(table: str):
        def query(sql: str) -> str:
            return f"{sql} on {table}"

        return query

    registry.register(made("cats"))
    with pytest.raises(UsageError, match="made around other values"):
        registry.register(made("dogs"))


def test_methods_of_two_objects_are_two_tools(registry: ToolRegistry):
    one, other = Store(), Store()
    registry.register(one.find)
    registry.register(one.find)
    with pytest.raises(UsageError, match="belongs to another object"):
        registry.register(other.find)


def test_partials_are_the_same_when_they_hold_the_same(registry: ToolRegistry):
    registry.register(functools.partial(greet, name="Ann"))
    registry.register(functools.partial(greet, name="Ann"))
    with pytest.raises(UsageError, match="is taken"):
        registry.register(functools.partial(greet, name="Bob"))


@pytest.mark.parametrize("name", ["", "get weather", "größe", "a.b", "x" * 65, "a\n"])
def test_a_name_that_providers_refuse_is_refused_here(registry: ToolRegistry, name: str):
    with pytest.raises(UsageError, match="cannot be the name of a tool"):
        registry.register(greet, name=name)


def test_a_lambda_needs_a_name(registry: ToolRegistry):
    with pytest.raises(UsageError, match="name=…"):
        registry.register(lambda city: city)
    registry.register(lambda city: city, name="echo")
    assert "echo" in registry


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("get_weather", "write name='get_weather'"),
        (3, "not 3"),
        (Search(query="a"), "Register the class itself"),
        ([greet], "Pydantic class, not"),
    ],
)
def test_what_is_no_tool_is_a_type_error(registry: ToolRegistry, target: object, said: str):
    with pytest.raises(WrongTypeError, match=said):
        registry.register(target)


@pytest.mark.parametrize("target", [BaseModel, max])
def test_what_has_no_arguments_to_describe_is_refused(registry: ToolRegistry, target: object):
    with pytest.raises(UsageError, match=r"no fields to fill|no signature that Python can read"):
        registry.register(target)


def test_a_name_that_is_no_text_is_a_type_error(registry: ToolRegistry):
    with pytest.raises(WrongTypeError, match="is a text, not 3"):
        registry.register(greet, name=3)


def test_a_generator_is_refused(registry: ToolRegistry):
    def numbers(count: int):
        yield count

    with pytest.raises(UsageError, match=r"is a generator.*Return a list"):
        registry.register(numbers)


def test_tool_leaves_a_function_what_it_is():
    @tool
    def add(a: int, b: int) -> int:
        """Add."""
        return a + b

    assert add(1, 2) == 3
    assert add._tool_schema.to_json_schema()["required"] == ["a", "b"]
    assert "add" in ToolRegistry([add])


def test_tool_gives_a_name_and_a_description_to_every_registry(registry: ToolRegistry):
    marked = tool(name="hello", description="Hi.")(Store.same)
    registry.register(marked)
    assert registry.tools["hello"].description == "Hi."
    registry.register(marked, name="other")
    assert registry.tools["other"].description == "Hi."
    del Store.same._tool_schema


def test_tool_on_a_method_counts_for_the_bound_method(registry: ToolRegistry):
    class Shop:
        @tool(name="price_of")
        def price(self, item: str) -> int:
            return len(item)

    assert [each.name for each in Shop.price._tool_schema.parameters] == ["item"]
    registry.register(Shop().price)
    assert registry.get_callable("price_of")(item="tea") == 3


@pytest.mark.parametrize("how", ["place", "keyword"])
def test_tool_with_a_registry_registers(registry: ToolRegistry, how: str):
    decorator = tool(registry, name="hello") if how == "place" else tool(name="hello", registry=registry)

    @decorator
    def hi() -> str:
        return "hi"

    assert registry.get_callable("hello") is hi
    assert hi._tool_schema.name == "hello"


def test_a_subclass_of_a_marked_class_does_not_take_its_name(registry: ToolRegistry):
    @tool(name="find")
    class Find(BaseModel):
        query: str

    class FindMore(Find):
        count: int

    registry.register(FindMore)
    registry.register(Find)
    assert list(registry) == ["FindMore", "find"]


def test_tool_with_two_registries_or_something_else_is_refused(registry: ToolRegistry):
    with pytest.raises(UsageError, match="two registries"):
        tool(registry, registry=ToolRegistry())
    with pytest.raises(WrongTypeError, match="registry is to be a ToolRegistry, not a dict"):
        tool(registry={})


def test_tool_says_where_it_cannot_leave_its_mark():
    with pytest.raises(UsageError, match="takes no attributes"):
        tool(Store().find)


def test_a_wrapped_function_keeps_name_and_parameters(registry: ToolRegistry):
    @functools.wraps(greet)
    def loud(*args: object, **kwargs: object) -> str:
        return greet(*args, **kwargs).upper()

    registry.register(loud)
    assert registry.get_callable("greet")(**registry.validated("greet", {"name": "Ann"})) == "HELLO ANN"


def test_tools_stay_light():
    import subprocess

    code = "import sys, racto_nb.tools; print(sorted({'IPython', 'numpy', 'httpx', 'docstring_parser'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert isinstance(tools, ModuleType)
