"""The Chat Completions protocol, which many servers speak: what all of its providers share. Pure."""
