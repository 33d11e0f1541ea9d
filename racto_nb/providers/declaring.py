"""A tool as requests declare it: its name, what it does, and the JSON schema of its arguments. Pure."""

from __future__ import annotations

from racto_nb.models.sources import ToolDescription


def declaration(tool: ToolDescription, *, schema_as: str = "parameters") -> dict[str, object]:
    """`tool` as most APIs declare functions, its schema under the name `schema_as`.

    >>> from racto_nb.tools.schema import ToolSchema
    >>> declaration(ToolSchema(name="ping", description="Say pong."))["name"]
    'ping'
    """
    return {"name": tool.name, "description": tool.description, schema_as: dict(tool.to_json_schema())}
