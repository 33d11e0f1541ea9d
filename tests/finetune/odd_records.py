"""Records as files really have them, odd ones among them, by the format they are in."""

from __future__ import annotations

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
_ASKED = {"role": "user", "content": "What is the weather in Oslo?"}
_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":  "Oslo"}'}}

OPENAI = [
    {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello", "weight": 0}]},
    # What a chat API gives, and what the guides to tuning write: no text beside a call, in three ways.
    {"messages": [_ASKED, {"role": "assistant", "content": None, "tool_calls": [_CALL]}]},
    {"messages": [_ASKED, {"role": "assistant", "tool_calls": [_CALL]}]},
    {"messages": [_ASKED, {"role": "assistant", "content": "", "tool_calls": [_CALL]}]},
    {
        "messages": [
            {"role": "developer", "content": [{"type": "text", "text": "Be brief."}]},
            _ASKED,
            {"role": "assistant", "content": "Let me see.", "tool_calls": [{**_CALL, "index": 0}], "refusal": None},
            {"role": "tool", "tool_call_id": "call_1", "content": '{"celsius": 4}'},
            {"role": "assistant", "content": "4 degrees.", "name": "bot"},
        ],
        "tools": [
            {"type": "function", "function": {"name": "weather", "description": "", "parameters": WEATHER, "strict": True}}
        ],
        "parallel_tool_calls": False,
        "metadata": {"source": "shop"},
    },
    # The nulls of a table that was written row by row.
    {
        "messages": [{"role": "user", "content": "Hi", "name": None, "tool_calls": None, "weight": None, "tool_call_id": None}],
        "tools": None,
        "parallel_tool_calls": None,
    },
    {"messages": [], "tools": []},
    {"messages": [{"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}}], "functions": []},
    {
        "messages": [
            {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
        ]
    },
    {"messages": [{"role": "user", "content": []}, {"role": "assistant", "content": [{"type": "text", "text": ""}]}]},
    {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is on it?"},
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}},
                    {"type": "image_url", "image_url": {"url": "https://example.org/chart.png", "detail": "high"}},
                    {"type": "image_url", "image_url": {"url": "https://example.org/picture?id=7"}},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBOR..."}},
                    {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjc="}},
                    {"type": "file", "file": {"file_id": "file-abc"}},
                ],
            },
            {"role": "assistant", "content": "A pixel.", "openai": 1},
        ],
        "anthropic": {"odd": True},
    },
]
OPENAI_DPO = [
    {
        "input": {"messages": [_ASKED], "tools": [], "parallel_tool_calls": True},
        "preferred_output": [{"role": "assistant", "content": "Cold."}],
        "non_preferred_output": [{"role": "assistant", "content": None, "tool_calls": [_CALL]}],
    },
    {
        "input": {"messages": [{"role": "user", "content": "Hi"}], "model": "x"},
        "preferred_output": [{"role": "assistant", "content": "Hello"}],
        "non_preferred_output": [{"role": "assistant", "content": "What?"}],
        "margin": 2.5,
    },
]
OPENAI_RFT = [
    {"messages": [{"role": "user", "content": "6 * 7?"}], "answer": "42", "rubric": [{"points": 1}]},
    {"messages": [_ASKED], "answer": None, "tools": []},
]
ANTHROPIC = [
    {"system": "You are a Python tutor.", "messages": [{"role": "user", "content": "What is a list?"}, {"role": "assistant", "content": "A sequence."}]},
    {"messages": [{"role": "user", "content": "Hi"}], "system": None},
    {"messages": [{"role": "user", "content": []}], "system": [], "tools": []},
    {
        "system": [{"type": "text", "text": "Be brief."}, {"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": [{"type": "text", "text": "See."}, {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}}, {"type": "tool_use", "id": "t2", "name": "f", "input": {}}]},
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "4"}], "is_error": False},
                    {"type": "tool_result", "tool_use_id": "t2", "is_error": True},
                    {"type": "text", "text": "Go on."},
                ],
            },
            {"role": "assistant", "content": [{"type": "tool_use", "id": "t3", "name": "f", "input": {}}]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t3", "content": ""}]},
            {"role": "user", "content": "And?"},
            {"role": "assistant", "content": "Done."},
        ],
        "tools": [{"name": "weather", "description": "Weather.", "input_schema": WEATHER, "cache_control": {"type": "ephemeral"}}],
        "max_tokens": 100,
    },
    {
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
                    {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}},
                    {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
                    {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjc="}, "title": "a.pdf"},
                    {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}, "citations": {"enabled": True}},
                    {"type": "document", "source": {"type": "url", "url": "https://example.org/a"}},
                    {"type": "text", "text": "What is it?"},
                ],
            },
            {"role": "assistant", "content": "A pixel.", "id": "msg_1"},
        ]
    },
]  # fmt: skip
VERTEX = [
    {
        "systemInstruction": {"role": "system", "parts": [{"text": "Be brief."}, {"text": "Be kind."}]},
        "contents": [
            {"role": "user", "parts": [{"text": "Hi"}]},
            {"role": "model", "parts": [{"text": "I think.", "thought": True}, {"text": "Hello"}]},
        ],
        "generationConfig": {"temperature": 0},
    },
    {
        "contents": [
            {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": PIXEL}}, {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://a/b.mp4"}, "videoMetadata": {"fps": 1}}, {"text": "Compare."}]},
            {"role": "model", "parts": [{"functionCall": {"name": "weather", "args": {"city": "Oslo"}}}, {"functionCall": {"name": "f", "args": {}, "id": "1"}}]},
            {"role": "function", "parts": [{"functionResponse": {"name": "weather", "response": {"celsius": 4}}}, {"functionResponse": {"name": "f", "response": {"result": "sunny"}, "id": "1"}}]},
            {"role": "user", "parts": [{"text": "So?"}]},
            {"role": "model", "parts": [{"text": ""}]},
        ],
        "tools": [{"functionDeclarations": [{"name": "weather", "description": "Weather.", "parameters": {"type": "OBJECT"}}, {"name": "f"}]}],
        "labels": {"team": "a"},
    },
    {"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"result": '{"a":1}'}}}]}], "systemInstruction": None},
]  # fmt: skip
GEMINI = [{"text_input": "What is a list?", "output": "A sequence."}, {"text_input": "Hi", "output": "", "id": 3}, VERTEX[0]]
GEMINI_PREFERENCE = [
    {
        "contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "completions": [
            {"score": score, "completion": {"role": "model", "parts": [{"text": text}]}} for score, text in zip(scores, ("a", "b"), strict=True)
        ],
    }
    for scores in ((1, 0), (0, 1), (0.25, 0.75))
]  # fmt: skip
SHAREGPT = [
    {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]},
    {"id": "abc_0", "conversations": [{"from": "system", "value": "Be brief."}, {"from": "user", "value": "Hi"}, {"from": "chatgpt", "value": "Hello", "weight": 0, "score": 1}]},
    {
        "system": "Be brief.",
        "tools": '[{"name": "weather", "description": "Weather.", "parameters": {"type": "object"}}]',
        "conversations": [
            {"from": "human", "value": "Weather?"},
            {"from": "function_call", "value": '{"name": "weather", "arguments": {"city": "Oslo"}}'},
            {"from": "observation", "value": '{"celsius": 4}'},
            {"from": "gpt", "value": "4 degrees."},
        ],
    },
    {"conversations": [], "system": "", "tools": ""},
    {"conversations": [{"from": "function_call", "value": '[{"name":"f","arguments":{}},{"name":"g","arguments":{"a":1}}]'}], "tools": [{"type": "function", "function": {"name": "f"}}]},
    {"conversations": [{"from": "human", "value": "Hi"}], "chosen": {"from": "gpt", "value": "Hello"}, "rejected": {"from": "gpt", "value": "What?"}},
]  # fmt: skip
ALPACA = [
    {"instruction": "Name three colours.", "input": "", "output": "Red, green, blue."},
    {"instruction": "Add the numbers.", "input": "1, 2", "output": "3", "system": "", "history": []},
    {"instruction": "Go on.", "output": "Four.", "system": "Count.", "history": [["One?", "Two."], ["Then?", "Three."]]},
    {"instruction": "Hi", "input": None, "output": "Hello", "text": "### Instruction: ...", "system": None},
]
RACTO = [
    {
        "racto": 1,
        "messages": [
            {"role": "user", "content": "Hi", "parts": ["H", "i", {"link": {"uri": "gs://a", "mime_type": "", "detail": None}}]}
        ],
        "tags": {"label": "greeting"},
        "provenance": {"source": "ledger", "reference": "7"},
    }
]
RECORDS = {
    "openai": OPENAI,
    "openai_dpo": OPENAI_DPO,
    "openai_rft": OPENAI_RFT,
    "anthropic": ANTHROPIC,
    "vertex": VERTEX,
    "gemini": GEMINI,
    "gemini_preference": GEMINI_PREFERENCE,
    "sharegpt": SHAREGPT,
    "alpaca": ALPACA,
    "racto": RACTO,
}
