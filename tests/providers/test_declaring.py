"""A tool is declared by its name, its description and the schema of its arguments, under the provider's name for it."""

from __future__ import annotations

from racto_nb.providers.declaring import declaration
from racto_nb.tools.schema import ToolSchema

PING = ToolSchema(name="ping", description="Say pong.")


def test_a_tool_is_declared_with_the_schema_of_its_arguments():
    assert declaration(PING) == {"name": "ping", "description": "Say pong.", "parameters": PING.to_json_schema()}


def test_the_schema_stands_under_the_name_that_is_given():
    assert declaration(PING, schema_as="parametersJsonSchema").keys() == {"name", "description", "parametersJsonSchema"}
