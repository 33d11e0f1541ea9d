"""One mistake for each rule of training data, and what it looks like without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from racto_nb.finetune import (
    FileLink,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    TrainingToolCall,
)
from racto_nb.prompts.files import RactoFile

Example = RactoTrainingExample
Message = RactoTrainingMessage

PNG = RactoFile(b"\x89PNG\r\n\x1a\n", "image/png")
GIF = RactoFile(b"GIF89a", "image/gif")
NO_PNG = RactoFile(b"\xff\xd8\xff\xe0", "image/png")
LARGE = RactoFile(b"\x89PNG" + bytes(10_000_001), "image/png")

SYSTEM, ASK, ANSWER = Message("system", "Be brief."), Message("user", "What is a list?"), Message("assistant", "A sequence.")
GOOD = Example((SYSTEM, ASK, ANSWER))

WEATHER = TrainingTool(
    "weather",
    parameters={
        "type": "object",
        "properties": {"city": {"type": "string"}, "unit": {"enum": ["C", "F"]}},
        "required": ["city"],
    },
)
CALL = TrainingToolCall("weather", '{"city":"Oslo"}', "call_a")


def talk(*turns: tuple[str, str]) -> Example:
    return Example.from_conversation(turns)


def call(*calls: TrainingToolCall, tools: tuple[TrainingTool, ...] = (WEATHER,), answer: Message | None = None) -> Example:
    """A question, a call of tools, what the tool said, and the answer."""
    said = answer or Message("tool", "7 degrees", tool_call_id=calls[0].id or None)
    return Example((ASK, Message("assistant", tool_calls=calls), said, ANSWER), tools=tools)


def pair(preferred: str, rejected: str) -> Example:
    return Example((ASK,), preferred=(Message("assistant", preferred),), rejected=(Message("assistant", rejected),))


@dataclass(frozen=True)
class Planted:
    """Examples with the mistake (`wrong`) and without (`right`); `says` stands in what is said of it, `where` it is found."""

    wrong: tuple[Example, ...]
    right: tuple[Example, ...]
    says: str
    where: tuple[int | None, int | None] = (0, None)
    provider: str = "openai"
    asked: Mapping[str, object] = field(default_factory=dict[str, object])


def one(
    wrong: Example, right: Example, says: str, message: int | None = None, provider: str = "openai", **asked: object
) -> Planted:
    return Planted((wrong,), (right,), says, (0, message), provider, asked)


LONG_TEXT = "One after the other they were put in a row, and then "

PLANTED: Mapping[str, Planted] = {
    "empty_dataset": Planted((), (GOOD,), "no examples", (None, None)),
    "too_few_examples": Planted((GOOD,) * 9, (GOOD,) * 10, "9 examples", (None, None)),
    "few_examples": Planted((GOOD,) * 49, (GOOD,) * 50, "advises", (None, None)),
    "wrong_types": one(Example((ASK, Message("assistant", None))), GOOD, "NoneType", 1),  # pyright: ignore[reportArgumentType]
    "empty_content": one(talk(("user", "Hi"), ("assistant", " \n")), GOOD, "empty", 1),
    "extra_keys": one(Example((ASK, Message("assistant", "A.", extra={"mood": "good"}))), GOOD, "'mood'", 1),
    "weight": one(
        Example((ASK, Message("assistant", "A.", weight=0.5))), Example((ASK, Message("assistant", "A.", weight=1))), "0.5", 1
    ),
    "lost_weight": one(
        Example((ASK, Message("assistant", "A.", weight=0), ASK, ANSWER)),
        Example((ASK, ANSWER, ASK, ANSWER)),
        "no weights",
        1,
        "gemini",
    ),
    "empty_example": one(Example(()), GOOD, "no messages"),
    "unknown_role": one(talk(("user", "Hi"), ("teacher", "Hello.")), GOOD, "'teacher'", 1),
    "missing_user": one(talk(("assistant", "Hello.")), GOOD, "from the user"),
    "missing_assistant": one(talk(("user", "Hi")), GOOD, "nothing to learn"),
    "last_turn": one(talk(("user", "Hi"), ("assistant", "Hello."), ("user", "Bye")), GOOD, "The last message", 2),
    "first_turn": one(talk(("assistant", "Hello."), ("user", "Hi"), ("assistant", "Yes?")), GOOD, "begins with", 0),
    "late_system": one(talk(("user", "Hi"), ("system", "Be brief."), ("assistant", "Hello.")), GOOD, "has begun", 1),
    "several_systems": one(Example((SYSTEM, SYSTEM, ASK, ANSWER)), GOOD, "2 system texts", provider="anthropic"),
    "turns_alternate": one(Example((ASK, ASK, ANSWER)), GOOD, "in a row", 1, "anthropic"),
    "wrong_kind": one(pair("A.", "B."), GOOD, "preference pair"),
    "preference_pair": one(pair("A.", "A. "), pair("A.", "B."), "the same", provider="openai_dpo"),
    "reference": one(Example((ASK,)), Example((ASK,), reference={"answer": "42"}), "no reference", provider="openai_rft"),
    "no_tools": one(call(CALL), GOOD, "tools", provider="alpaca"),
    "no_files": one(Example((Message("user", "See", (PNG,)), ANSWER)), GOOD, "file", 0, "sharegpt"),
    "call_place": one(Example((Message("user", "Hi", tool_calls=(CALL,)), ANSWER)), call(CALL), "only the assistant", 0),
    "call_pairing": one(call(CALL, answer=Message("tool", "7", tool_call_id="call_b")), call(CALL), "not answered", 1),
    "undeclared_tool": one(call(CALL, tools=(TrainingTool("time"),)), call(CALL), "none of its tools", 1),
    "call_arguments": one(call(TrainingToolCall("weather", '{"unit":"K"}', "call_a")), call(CALL), "'city' is missing", 1),
    "tool_declaration": one(call(CALL, tools=(WEATHER, WEATHER)), call(CALL), "2 times"),
    "file_place": one(
        Example((ASK, Message("assistant", "See", (PNG,)))), Example((Message("user", "See", (PNG,)), ANSWER)), "file", 1
    ),
    "text_only": one(
        Example((Message("user", "See", (PNG,)),), preferred=(ANSWER,), rejected=(Message("assistant", "No."),)),
        pair("A.", "B."),
        "text alone",
        0,
        "openai_dpo",
    ),
    "image_type": one(
        Example((Message("user", "See", (GIF,)), ANSWER)), Example((Message("user", "See", (PNG,)), ANSWER)), "image/gif", 0
    ),
    "image_size": one(
        Example((Message("user", "See", (LARGE,)), ANSWER)), Example((Message("user", "See", (PNG,)), ANSWER)), "10.0 MB", 0
    ),
    "too_many_images": one(
        Example((Message("user", "See", (PNG,) * 11), ANSWER)),
        Example((Message("user", "See", (PNG,) * 10), ANSWER)),
        "11 pictures",
    ),
    "too_many_tokens": one(Example.from_pair("Count.", "one two " * 100_000), GOOD, "65,536", model="gpt-4o-mini-2024-07-18"),
    "token_limit_unknown": Planted((GOOD,), (), "gpt-9", (None, None), asked={"model": "gpt-9"}),
    "placeholder_text": one(talk(("user", "Hi"), ("assistant", "Dear [Your name], TODO")), GOOD, "[Your name]", 1),
    "cut_text": one(talk(("user", "Hi"), ("assistant", LONG_TEXT + "the")), GOOD, "'the'", 1),
    "whitespace_at_ends": one(talk(("user", "Hi"), ("assistant", " Hello.")), GOOD, "empty space", 1),
    "system_texts_differ": Planted((GOOD, Example((ASK, ANSWER))), (GOOD, GOOD), "1 of 2", (None, None)),
    "lengths_differ": Planted((GOOD,) * 5 + (Example.from_pair("Hi", "word " * 900),), (GOOD,) * 6, "1 answers", (None, None)),
}
"""By the name of the rule."""

LINK = FileLink("https://example.org/chart.png", "image/png")
