"""OpenAI, and every server that speaks its API: the Responses API by default, Chat Completions for compatible servers."""
