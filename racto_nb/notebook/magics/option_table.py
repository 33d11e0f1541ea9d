"""The options of `%%racto`. One table: the parser, the help and the suggestions come from it."""

from __future__ import annotations

from typing import Any

DEFAULT_BUDGET = 10_000
"""Tokens for thinking, as in ChatConfig."""

COST_WORDS = ("day", "model", "cell", "provider", "session", "today", "all", "chart")
"""What may stand behind `%racto cost`."""

Row = tuple[tuple[str, ...], dict[str, Any]]
"""The names of an option, and what argparse is told of it."""

TABLE: tuple[Row, ...] = (
    (
        ("-m", "--model"),
        {
            "metavar": "MODEL",
            "action": "append",
            "default": [],
            "help": "provider:name, or the name of a kit in this notebook; several answer side by side",
        },
    ),
    (("-p", "--prompt"), {"metavar": "NAME", "help": "a RactoPrompt in this notebook"}),
    (("--role",), {"metavar": "TEXT", "help": "RACTO: who the model is"}),
    (("--aim",), {"metavar": "TEXT", "help": "RACTO: what it must accomplish"}),
    (
        ("--constraint",),
        {"metavar": "TEXT", "action": "append", "default": [], "help": "RACTO: a rule; may be given several times"},
    ),
    (("--tone",), {"metavar": "TEXT", "help": "RACTO: how it speaks"}),
    (
        ("--output",),
        {"metavar": "FORMAT", "help": "RACTO: json, text, markdown, a description, or a Pydantic class of this notebook"},
    ),
    (("--system",), {"metavar": "TEXT", "help": "a system text as it stands, instead of a RACTO prompt"}),
    (("--json",), {"action": "store_true", "help": "the answer is JSON: _racto.parsed; anything else fails the cell"}),
    (
        ("--as",),
        {
            "dest": "as_model",
            "metavar": "MODEL",
            "help": "a Pydantic class of this notebook: _racto.parsed is a valid instance, asked for again where it is none",
        },
    ),
    (
        ("--attach",),
        {
            "metavar": "FILE",
            "action": "append",
            "default": [],
            "help": "send a file along: its path, or a RactoFile, Path or bytes of this notebook; may be given several times",
        },
    ),
    (
        ("--tools",),
        {
            "metavar": "NAME",
            "action": "append",
            "default": [],
            "help": "let the model call tools: a ToolRegistry, a function or a Pydantic class of this notebook; several times",
        },
    ),
    (("--max-tool-turns",), {"type": int, "metavar": "N", "help": "the most rounds of calls of tools, 1 to 10 (3)"}),
    (("-o", "--into"), {"metavar": "NAME", "help": "keep the result in this variable, besides _racto"}),
    (
        ("--df",),
        {
            "nargs": "?",
            "const": "auto",
            "choices": ["auto", "polars", "pandas"],
            "help": "the answer is a list of objects: _racto.df",
        },
    ),
    (("-t", "--temperature"), {"type": float, "metavar": "X", "help": "0 (the same answer each time) to 2"}),
    (("--max-tokens",), {"type": int, "metavar": "N", "help": "the most tokens the answer may have"}),
    (("--seed",), {"type": int, "metavar": "N", "help": "makes a sampled answer repeatable, where the provider can"}),
    (
        ("--timeout",),
        {"type": float, "metavar": "SECONDS", "help": "the longest that each request may take; tools are not counted"},
    ),
    (
        ("--thinking",),
        {
            "nargs": "?",
            "const": DEFAULT_BUDGET,
            "type": int,
            "metavar": "N",
            "help": "reason first and show it, folded; with a budget of N tokens (10000), where the model can",
        },
    ),
    (("--cot",), {"action": "store_true", "help": "the answer goes step by step: its steps first, then the conclusion"}),
    (("--history",), {"metavar": "NAME", "help": "go on with the conversation of this name"}),
    (("--new",), {"action": "store_true", "help": "begin that conversation anew"}),
    (
        ("--cache",),
        {"action": "store_true", "help": "give the answer of before to the same question, and keep a new one; free, and at once"},
    ),
    (("--fresh",), {"action": "store_true", "help": "ask anew, whatever is kept; the new answer is kept instead"}),
    (
        ("-b", "--background"),
        {"action": "store_true", "help": "end the cell at once; `await NAME`, the name of --into, gives the answer"},
    ),
    (("--no-stream",), {"action": "store_true", "help": "show the answer when it is complete"}),
    (("-q", "--quiet"), {"action": "store_true", "help": "show nothing; the result is in _racto"}),
    (
        ("--max-cost",),
        {"type": float, "metavar": "USD", "help": "send nothing that may cost more than so many US dollars"},
    ),
    (("--dry-run",), {"action": "store_true", "help": "show the exact text, its size and its price; send nothing"}),
)

SEARCHES = ("vector", "hybrid", "keyword")
"""How `%%racto rag` searches: by meaning, by both, by words."""

_OF_RAG: tuple[Row, ...] = (
    (("-k", "--top-k"), {"type": int, "metavar": "N", "help": "the most passages that the answer is made from (5)"}),
    (
        ("-f", "--filter"),
        {
            "metavar": "EXPR",
            "action": "append",
            "default": [],
            "help": "only passages that fit: category=test, year>=2020, tags~red, source!=a.txt, or a variable; several times",
        },
    ),
    (("--hybrid",), {"action": "store_true", "help": "search by meaning and by words; the same as --mode hybrid"}),
    (("--mode",), {"choices": list(SEARCHES), "help": "how to search: by meaning (vector), by both, or by words"}),
    (
        ("-m", "--model"),
        {
            "metavar": "MODEL",
            "action": "append",
            "default": [],
            "help": "who answers: provider:name or a kit; else NAME's llm_kit",
        },
    ),
)
_ALSO_OF_RAG = (
    "--into",
    "--temperature",
    "--max-tokens",
    "--no-stream",
    "--quiet",
    "--max-cost",
    "--dry-run",
)
RAG_TABLE: tuple[Row, ...] = (*_OF_RAG, *(row for row in TABLE if row[0][-1] in _ALSO_OF_RAG))
"""The options of `%%racto rag NAME`."""

RAG_VERBS = ("explore", "ingest", "search")
"""What may stand behind `%racto rag`."""

INGEST_TABLE: tuple[Row, ...] = (
    (
        ("-o", "--into"),
        {"metavar": "NAME", "default": "rag", "help": "the variable with the RactoRAG; made where there is none (rag)"},
    ),
    (("--pattern",), {"metavar": "GLOB", "help": "of a folder only the files that fit, such as '**/*.md'"}),
    (("--store",), {"metavar": "FOLDER", "help": "where a new RactoRAG keeps what it reads; without, in memory"}),
)
"""The options of `%racto rag ingest PATH`."""

MCP_VERBS = ("list", "call", "serve", "stop")
"""What may stand behind `%racto mcp`."""

SERVE_TABLE: tuple[Row, ...] = (
    (("--port",), {"metavar": "N", "type": int, "default": 0, "help": "the port; without, a free one"}),
    (("--host",), {"metavar": "HOST", "default": "127.0.0.1", "help": "where to listen; beyond this machine with a token"}),
    (("--sse",), {"action": "store_true", "help": "serve the older SSE in place of streamable HTTP"}),
    (
        ("-o", "--into"),
        {"metavar": "NAME", "default": "served", "help": "the variable that holds the running server (served)"},
    ),
)
"""The options of `%racto mcp serve NAME`."""

EXPLORE_TABLE: tuple[Row, ...] = (
    (
        ("-c", "--compare"),
        {"metavar": "NAME", "help": "ask beside it: hybrid, vector, keyword, or a RactoRAG or RetrievalOptions of this notebook"},
    ),
    (("-m", "--model"), {"metavar": "MODEL", "help": "who answers: provider:name or a kit; else NAME's llm_kit"}),
    (("-o", "--into"), {"metavar": "NAME", "default": "explorer", "help": "the variable that holds the explorer (explorer)"}),
)
"""The options of `%racto rag NAME`."""
