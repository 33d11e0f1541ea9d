"""Every code block of the documents: what is checked about it here, or which part of the package it waits for.

A block stands in one of the two tables. `test_table_of_blocks.py`
holds this against the documents, against the tests, and against what the package has by now.
"""

from __future__ import annotations

from dataclasses import dataclass

ATTACHMENTS, BATCHES, CACHES, EMBEDDINGS, KITS, PROMPTS = "attachments", "batches", "caches", "embeddings", "kits", "prompts"
DATABASES, DATASETS = "databases", "datasets"
GATEWAY, SHAPES, STREAMS, TOOLS = "the_gateway", "structured_output", "streams", "tools"
RETRIEVAL, ROUTING, TOGETHER, TRUNCATION = "retrieval", "routing", "all_together", "truncation"
CELERY, CLASSIFIER, KAFKA, MCP, REDIS, TUNERS = "celery", "the_classifier", "kafka", "mcp", "redis", "tuners"


@dataclass(frozen=True)
class RunHere:
    """`concern` names the file, test_blocks_on_{concern}.py; `checked` is what is asserted."""

    concern: str
    checked: str


RUN_HERE = {
    1: RunHere(KITS, "the printed answer; key, model and both messages of the request"),
    2: RunHere(PROMPTS, "compiles to the very text that the documents print"),
    3: RunHere(PROMPTS, "prints the output section of the documents, schema included"),
    4: RunHere(PROMPTS, "three examples stand in the compiled prompt"),
    5: RunHere(PROMPTS, "the messages that the block shows"),
    6: RunHere(KITS, "five modules, each with its Chat"),
    7: RunHere(KITS, "Ollama: printed answer, stream and numbers; three requests, no key"),
    8: RunHere(KITS, "OllamaServerManager starts a program, a kit asks it, it is stopped (the port is a free one)"),
    9: RunHere(ATTACHMENTS, "Ollama: model and the picture's bytes in the request (the path leads to a file made here)"),
    10: RunHere(KITS, "Hugging Face: printed answer; token, model and question at the router"),
    11: RunHere(KITS, "address, model and prompt of the kit"),
    12: RunHere(STREAMS, "printed stream and numbers; the paths and bodies of both requests"),
    13: RunHere(KITS, "all five kits are made, and each is answered on its own wire"),
    14: RunHere(KITS, "each argument of the three kits, read back"),
    15: RunHere(KITS, "each field of the config, read back"),
    16: RunHere(KITS, "role and text"),
    17: RunHere(KITS, "content, parsed, tool calls, finish reason, usage, raw; with all five kits"),
    18: RunHere(KITS, "the four printed lines; JSON mode in the request"),
    19: RunHere(STREAMS, "the four printed lines, with all five kits"),
    20: RunHere(STREAMS, "the printed lines of chat and stream awaited, with all five kits"),
    21: RunHere(EMBEDDINGS, "model and size in the request and the vectors; refused by Claude"),
    22: RunHere(EMBEDDINGS, "the printed lines; with the four kits that embed"),
    23: RunHere(TOOLS, "both schemas and callables"),
    24: RunHere(TOOLS, "types and descriptions of the parameters; the function still computes"),
    25: RunHere(TOOLS, "description, required fields and defaults of the model"),
    26: RunHere(TOOLS, "the printed calls and the result, both tools in the request; with all five kits"),
    27: RunHere(SHAPES, "the printed lines, the instance, the native schema in the request; with all five kits"),
    28: RunHere(KITS, "both printed answers; the turns of the second request"),
    29: RunHere(ATTACHMENTS, "types and bytes of the five files (paths lead to files made here; `requests` is ours)"),
    30: RunHere(ATTACHMENTS, "the messages that the block shows; the imports are the gateway's"),
    31: RunHere(ATTACHMENTS, "is what to_messages gives for OpenAI"),
    32: RunHere(ATTACHMENTS, "is what to_messages gives for Anthropic"),
    33: RunHere(ATTACHMENTS, "is what to_messages gives for Google"),
    34: RunHere(GATEWAY, "both printed results; key and messages of both requests"),
    35: RunHere(KITS, "three printed answers; wire, model, system text and question of each request"),
    36: RunHere(DATASETS, "all six names"),
    37: RunHere(DATASETS, "the printed summary"),
    38: RunHere(DATASETS, "the five turns"),
    39: RunHere(DATASETS, "the printed summary (the path leads to a picture made here)"),
    40: RunHere(DATASETS, "the four answers"),
    41: RunHere(DATASETS, "both printed lines of valid data; the error of an invalid example"),
    42: RunHere(DATASETS, "the records of all four files, written twice; Gemini's lines keep the system text"),
    43: RunHere(TUNERS, "the documents' lines; job, epochs and suffix; the kit asks the tuned model"),
    44: RunHere(TUNERS, "both files, the printed status and events, the model"),
    45: RunHere(TUNERS, "refused with the reason before anything is sent: the developer API takes no training data"),
    46: RunHere(TUNERS, "warned of at construction and refused with what to use instead"),
    47: RunHere(RETRIEVAL, "the printed answer; a real PDF, read and cut; its text and the question in the request"),
    48: RunHere(RETRIEVAL, "chunks of five real files, a folder and texts, plain and awaited; the sources in the store"),
    49: RunHere(RETRIEVAL, "the printed ranks, scores and sources; no answer is asked for"),
    50: RunHere(RETRIEVAL, "the printed answer, query and sources"),
    51: RunHere(RETRIEVAL, "the printed answer, awaited"),
    52: RunHere(RETRIEVAL, "four pipelines are made; the last one cuts without losing a letter"),
    53: RunHere(RETRIEVAL, "three embedders are made; nothing is sent"),
    54: RunHere(RETRIEVAL, "six stores are made; no server is needed for that"),
    55: RunHere(RETRIEVAL, "the printed text and source of a real PDF"),
    56: RunHere(RETRIEVAL, "the cleaned text; what is embedded, and what was written"),
    57: RunHere(RETRIEVAL, "the printed lines, with a real Chroma; pages of sources; prompt and model in the requests"),
    58: RunHere(DATABASES, "the printed statement and answer; a real database; what is asked on the wire"),
    59: RunHere(CLASSIFIER, "the printed option with its confidence; the options in the request's schema"),
    60: RunHere(CACHES, "the printed lines; one request for two questions; with all five kits"),
    61: RunHere(CACHES, "the printed lines; one request for two questions (the vectors of words need another threshold)"),
    62: RunHere(ROUTING, "the printed answers; the model of each request, and r2.raw.model"),
    63: RunHere(ROUTING, "the tier that each of two questions reaches on Anthropic's wire, and on Google's"),
    64: RunHere(TRUNCATION, "the printed answer; all 200 messages where they fit, the first 2 and the last 8 where they do not"),
    65: RunHere(TRUNCATION, "tiktoken's encoder counts (with a vocabulary made here: theirs is downloaded)"),
    66: RunHere(BATCHES, "the three printed answers; the file and the job that OpenAI gets"),
    67: RunHere(BATCHES, "the printed job and states, and the results"),
    68: RunHere(BATCHES, "the printed answers, awaited"),
    69: RunHere(BATCHES, "both printed answers; the requests that Anthropic gets"),
    70: RunHere(TOGETHER, "the printed lines; one request for three questions; the true counters"),
    71: RunHere(MCP, "is the program that blocks 72, 74 and 75 start"),
    72: RunHere(MCP, "the printed sum, from a program of its own"),
    73: RunHere(MCP, "the tool in the request; its function works after the loop and the connection have ended"),
    74: RunHere(MCP, "the tools of two servers, one over SSE, and the printed sum (the port is a free one)"),
    75: RunHere(MCP, "the printed answer; the question and the result under its id in the second request"),
    76: RunHere(MCP, "the token that is said, and a call with it (the port is a free one)"),
    77: RunHere(REDIS, "the printed lines; one request for two questions; another cache at the server has the answer"),
    78: RunHere(REDIS, "the printed line; the question is sent; refused when the tokens are used up"),
    79: RunHere(REDIS, "the printed number; the three turns and the question in the request; nothing is left"),
    80: RunHere(
        REDIS, "two questions of one conversation in the requests; a third from the cache; refused when the tokens are used up"
    ),
    81: RunHere(CELERY, "the printed status and answer; a real broker, and a worker beside the block"),
    82: RunHere(CELERY, "the printed status and the number of chunks of a real PDF, in a real Chroma"),
    83: RunHere(CELERY, "the printed states; the ids of the items and their answers"),
    84: RunHere(KITS, "the answer and the question on the wire, with all five kits"),
    85: RunHere(ATTACHMENTS, "the picture in the content blocks of all five wires"),
    86: RunHere(SHAPES, "the answer becomes an instance, with all five kits"),
    87: RunHere(KAFKA, "the event and the audit record in the topics of a real broker (it is at a free port)"),
    88: RunHere(BATCHES, "both printed answers; empty constraints and tone are accepted"),
}
