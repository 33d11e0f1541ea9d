"""Functions that a model may ask for: `@tool`, the registry that holds them, and the schemas that describe them to a model."""

from racto_nb.tools.registry import ParamSchema, ToolRegistry, ToolSchema, tool

__all__ = ["ParamSchema", "ToolRegistry", "ToolSchema", "tool"]
