"""What each provider answers: whole replies, and streams of as many pieces of text as are asked for.

Shapes and sizes are those of real answers, down to the fields that nobody reads: reading them is part of the cost on both sides.
"""

from __future__ import annotations

import json

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "a", "lazy", "dog", "and", "then", "it", "goes", "back", "home"]
CHUNK = {
    "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1795219200, "model": "gpt-6-luna",
    "service_tier": "default", "system_fingerprint": "fp_1",
}  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1795219200, "status": "completed", "background": False, "error": None,
    "incomplete_details": None, "instructions": None, "max_output_tokens": 4096, "model": "gpt-6-luna",
    "parallel_tool_calls": True, "previous_response_id": None, "reasoning": {"effort": "medium", "summary": None}, "store": False,
    "temperature": 1.0, "text": {"format": {"type": "text"}, "verbosity": "medium"}, "tool_choice": "auto", "tools": [],
    "top_p": 1.0, "truncation": "disabled", "user": None, "metadata": {},
    "usage": {
        "input_tokens": 19, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 29,
    },
}  # fmt: skip
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": [], "stop_reason": None,
    "stop_sequence": None,
    "usage": {
        "input_tokens": 19, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 1,
        "service_tier": "standard",
    },
}  # fmt: skip
TEXT = json.dumps({"answer": "hello there", "score": 5})
CHAT_REPLY = {
    **CHUNK, "object": "chat.completion",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": TEXT, "refusal": None, "annotations": []}, "logprobs": None,
         "finish_reason": "stop"}
    ],
    "usage": {
        "prompt_tokens": 19, "completion_tokens": 10, "total_tokens": 29, "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}  # fmt: skip

GEMINI_REPLY = {
    "candidates": [{"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": "STOP", "index": 0}],
    "usageMetadata": {
        "promptTokenCount": 19, "candidatesTokenCount": 10, "totalTokenCount": 29,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 19}],
    },
    "modelVersion": "gemini-3.8-flash", "responseId": "r1",
}  # fmt: skip
OLLAMA = {"model": "llama3.2", "created_at": "2026-11-21T10:00:00.000000Z"}
OLLAMA_END = {
    "done_reason": "stop", "total_duration": 4883583458, "load_duration": 1334875, "prompt_eval_count": 26,
    "prompt_eval_duration": 342546000, "eval_duration": 4535599000,
}  # fmt: skip
OLLAMA_REPLY = {**OLLAMA, "message": {"role": "assistant", "content": TEXT}, "done": True, **OLLAMA_END, "eval_count": 10}


def words(count: int) -> list[str]:
    """So many pieces of text."""
    return [f" {WORDS[place % len(WORDS)]}" for place in range(count)]


def message(text: str) -> dict[str, object]:
    return {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [part(text)]}


def part(text: str) -> dict[str, object]:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def chat_events(count: int) -> list[dict[str, object]]:
    def chunk(delta: dict[str, object], reason: str | None = None) -> dict[str, object]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return {**CHUNK, "choices": [choice], "usage": None}

    pieces = [chunk({"content": text}) for text in words(count)]
    usage = {"prompt_tokens": 19, "completion_tokens": count, "total_tokens": count + 19}
    first = chunk({"role": "assistant", "content": "", "refusal": None})
    return [first, *pieces, chunk({}, "stop"), {**CHUNK, "choices": [], "usage": usage}]


def responses_events(count: int) -> list[dict[str, object]]:
    texts = words(count)
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    begun = {**RESPONSE, "status": "in_progress", "output": [], "usage": None}
    events: list[dict[str, object]] = [{"type": "response.created", "response": begun}]
    events.append({"type": "response.output_item.added", "output_index": 0, "item": {**message(""), "content": []}})
    events.append({"type": "response.content_part.added", **place, "part": part("")})
    events += [{"type": "response.output_text.delta", **place, "delta": text, "logprobs": []} for text in texts]
    said = "".join(texts)
    events.append({"type": "response.output_text.done", **place, "text": said, "logprobs": []})
    events.append({"type": "response.content_part.done", **place, "part": part(said)})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": message(said)})
    events.append({"type": "response.completed", "response": {**RESPONSE, "output": [message(said)]}})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def messages_events(count: int) -> list[dict[str, object]]:
    texts = words(count)
    events: list[dict[str, object]] = [{"type": "message_start", "message": MESSAGE}]
    events.append({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    events += [{"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in texts]
    events.append({"type": "content_block_stop", "index": 0})
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": count}})
    return [*events, {"type": "message_stop"}]


def gemini_events(count: int) -> list[dict[str, object]]:
    def event(text: str, number: int, **ended: str) -> dict[str, object]:
        candidate = {"content": {"parts": [{"text": text}], "role": "model"}, **ended, "index": 0}
        usage = {"promptTokenCount": 19, "candidatesTokenCount": number, "totalTokenCount": number + 19}
        return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-3.8-flash", "responseId": "r1"}

    pieces = [event(text, number + 1) for number, text in enumerate(words(count))]
    return [*pieces[:-1], event(words(count)[-1], count, finishReason="STOP")]


def ollama_lines(count: int) -> list[dict[str, object]]:
    def line(text: str, **ended: object) -> dict[str, object]:
        return {**OLLAMA, "message": {"role": "assistant", "content": text}, "done": bool(ended), **ended}

    return [*map(line, words(count)), line("", **OLLAMA_END, eval_count=count)]


MESSAGES_REPLY = {**MESSAGE, "content": [{"type": "text", "text": TEXT}], "stop_reason": "end_turn"}
RESPONSES_REPLY = {**RESPONSE, "output": [message(TEXT)]}
