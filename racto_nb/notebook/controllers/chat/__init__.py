"""A conversation with one or several models: exchanges that branch, answers that arrive, calls of tools that wait for a yes."""
