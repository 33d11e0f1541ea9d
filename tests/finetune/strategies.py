"""Examples made by hypothesis: for each format, those that it can hold. The names of formats are keys of EXAMPLES."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from hypothesis import strategies as st

from racto_nb.finetune import (
    FileLink,
    Provenance,
    RactoTrainingExample,
    RactoTrainingMessage,
    TrainingTool,
    TrainingToolCall,
)
from racto_nb.prompts.files import RactoFile

texts = st.text(st.characters(codec="utf-8"), max_size=30)
"""Any text that can be written as UTF-8, the empty one too."""

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
names = st.from_regex(r"[a-z][a-z_0-9]{0,12}", fullmatch=True)
ids = st.from_regex(r"call_[A-Za-z0-9]{1,8}", fullmatch=True)
leaves = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3), max_leaves=6)
objects = st.dictionaries(texts, values, max_size=3)
schemas = st.dictionaries(names, values, min_size=1, max_size=3)

_KNOWN = {"openai", "anthropic", "gemini", "sharegpt", "alpaca"}
extras = st.dictionaries(words.map(lambda word: f"x-{word}"), values, min_size=1, max_size=2)
"""What a file may say beside: keys that no format knows."""

pictures = st.builds(RactoFile, st.binary(max_size=20), st.sampled_from(["image/png", "image/jpeg", "image/x-any"]))
documents = st.builds(RactoFile, st.binary(max_size=20), st.sampled_from(["application/pdf", "text/csv", "a/b; c=d"]), texts)
plain_documents = st.builds(RactoFile, texts.map(str.encode), st.just("text/plain"), texts)
picture_links = st.builds(
    FileLink, st.sampled_from(["https://example.org/a.png", "https://example.org/b.png?c=d"]), st.just("image/png")
)


def messages(
    role: st.SearchStrategy[str],
    text: st.SearchStrategy[str] = texts,
    files: st.SearchStrategy[object] | None = None,
    **others: st.SearchStrategy[object],
) -> st.SearchStrategy[RactoTrainingMessage]:
    """Messages of a `role`; with `files`, also such with several texts and files in any order."""
    plain = st.builds(RactoTrainingMessage, role, text, **others)
    if files is None:
        return plain
    several = st.lists(words | files, min_size=2, max_size=4)
    return plain | st.builds(
        lambda role, parts, others: RactoTrainingMessage.of_parts(role, parts, **others),
        role,
        several,
        st.fixed_dictionaries(others),
    )


def calls(identity: st.SearchStrategy[str], *, exact: bool = False) -> st.SearchStrategy[TrainingToolCall]:
    """Calls of tools; with `exact`, also such whose arguments are written with spaces, or are no JSON at all."""
    compact = objects.map(lambda value: msgspec.json.encode(value).decode())
    return st.builds(TrainingToolCall, names, compact | texts if exact else compact, identity)


tools = st.builds(TrainingTool, names, texts, schemas | st.just({}), st.none() | st.booleans())
loose_tools = st.builds(TrainingTool, names, texts, schemas | st.just({}))


# --- OpenAI --------------------------------------------------------------------------------------------------------------
_openai_files = (
    pictures | documents | picture_links | st.builds(FileLink, st.just("https://example.org/a"), st.just("image/*"), words)
)
_maybe = st.none() | extras
openai_turns = st.one_of(
    messages(st.sampled_from(["system", "developer", "user", "assistant", "anything"]), files=_openai_files, extra=_maybe),
    messages(
        st.just("assistant"),
        tool_calls=st.lists(calls(ids | st.just(""), exact=True), max_size=2),
        weight=st.sampled_from([None, 0, 1, 0.5]),
    ),
    messages(st.just("tool"), tool_call_id=ids, name=st.none() | names),
)
_tools = st.lists(tools, max_size=2)
_parallel = st.none() | st.booleans()
_openai = st.builds(RactoTrainingExample, st.lists(openai_turns, max_size=5), _tools, parallel_tool_calls=_parallel, extra=_maybe)
_pairs = st.builds(
    RactoTrainingExample, st.lists(openai_turns, max_size=3), _tools, st.lists(openai_turns, min_size=1, max_size=2),
    st.lists(openai_turns, min_size=1, max_size=2), parallel_tool_calls=_parallel, extra=_maybe,
)  # fmt: skip
_items = st.builds(
    RactoTrainingExample, st.lists(openai_turns, max_size=3), _tools, parallel_tool_calls=_parallel, reference=st.none() | extras
)


# --- Anthropic and Gemini ------------------------------------------------------------------------------------------------
@st.composite
def _conversations(
    draw: st.DrawFn, *, files: st.SearchStrategy[object], identity: st.SearchStrategy[str], named: bool
) -> list[RactoTrainingMessage]:
    """Turns of users and assistants; some call tools, which answer in the order of the calls."""
    turns: list[RactoTrainingMessage] = []
    for _ in range(draw(st.integers(0, 3))):
        turns.append(draw(messages(st.just("user"), files=files, extra=_maybe)))
        made = draw(st.lists(calls(identity), max_size=2))
        turns.append(draw(messages(st.just("assistant"), files=files, extra=_maybe, tool_calls=st.just(tuple(made)))))
        for call in made:
            answer = draw(texts.filter(lambda text: not text.lstrip().startswith("{")))
            turns.append(RactoTrainingMessage("tool", answer, tool_call_id=call.id or None, name=call.name if named else None))
    return turns


@st.composite
def _with_system(
    draw: st.DrawFn, turns: st.SearchStrategy[list[RactoTrainingMessage]], most: int, **others: object
) -> RactoTrainingExample:
    system = [RactoTrainingMessage("system", text) for text in draw(st.lists(texts, max_size=most))]
    fields = {key: draw(value) for key, value in others.items()}
    return RactoTrainingExample([*system, *draw(turns)], **fields)


_anthropic_files = (
    pictures
    | documents
    | plain_documents
    | picture_links
    | st.builds(FileLink, st.just("file_1"), st.sampled_from(["", "image/*"]))
)
_anthropic = _with_system(_conversations(files=_anthropic_files, identity=ids, named=False), 1, tools=_tools, extra=_maybe)
_gemini_files = (
    pictures
    | st.builds(RactoFile, st.binary(max_size=9), st.just("application/pdf"))
    | st.builds(FileLink, words.map(lambda word: f"gs://{word}"), st.sampled_from(["", "image/png", "video/mp4"]))
)
_gemini_turns = _conversations(files=_gemini_files, identity=ids | st.just(""), named=True)
_loose = st.lists(loose_tools, max_size=2)
_gemini = _with_system(_gemini_turns, 2, tools=_loose, extra=_maybe)
_one_answer = st.lists(messages(st.just("assistant"), files=_gemini_files), min_size=1, max_size=1)
_gemini_pairs = _with_system(_gemini_turns, 2, tools=_loose, extra=_maybe, preferred=_one_answer, rejected=_one_answer)


# --- ShareGPT and Alpaca -------------------------------------------------------------------------------------------------
_weights = st.sampled_from([None, 0, 1])
sharegpt_turns = st.one_of(
    messages(st.sampled_from(["system", "user", "assistant"]), weight=_weights, extra=_maybe),
    messages(st.just("assistant"), st.just(""), tool_calls=st.lists(calls(st.just("")), min_size=1, max_size=2)),
    messages(st.just("tool")),
)
_sharegpt = st.builds(RactoTrainingExample, st.lists(sharegpt_turns, max_size=5), _loose, extra=_maybe)
_sharegpt_answer = st.lists(messages(st.just("assistant"), weight=_weights), min_size=1, max_size=1)
_sharegpt_pairs = st.builds(
    RactoTrainingExample, st.lists(sharegpt_turns, max_size=3), _loose, _sharegpt_answer, _sharegpt_answer
)


@st.composite
def _alpaca(draw: st.DrawFn) -> RactoTrainingExample:
    system = [RactoTrainingMessage("system", text) for text in draw(st.lists(words, max_size=1))]
    said = draw(st.lists(st.tuples(texts, texts), min_size=1, max_size=3))
    turns = [RactoTrainingMessage(role, text) for pair in said for role, text in zip(("user", "assistant"), pair, strict=True)]
    return RactoTrainingExample([*system, *turns], extra=draw(_maybe))


# --- All of it -----------------------------------------------------------------------------------------------------------
_links = st.builds(FileLink, texts, texts, st.none() | texts)
_any_file = pictures | documents | plain_documents | _links
_any_turns = st.lists(
    st.builds(
        RactoTrainingMessage, texts, texts, st.lists(_any_file, max_size=2), st.lists(calls(texts, exact=True), max_size=2),
        st.none() | texts, st.none() | texts, st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.lists(texts | _any_file, max_size=3), st.none() | objects,
    )
    | messages(texts, files=_any_file),
    max_size=3,
)  # fmt: skip
everything = st.builds(
    RactoTrainingExample, _any_turns, _tools, _any_turns, _any_turns, st.none() | objects, _parallel,
    st.none() | st.dictionaries(texts, texts, max_size=2), st.none() | st.builds(Provenance, texts, texts, texts, texts, texts),
    st.none() | objects,
)  # fmt: skip
"""Any example at all, also such as no provider takes."""

plain = st.builds(RactoTrainingExample.from_pair, words, words, system=st.just("") | words)
"""A question, its answer, and a system text before it or none: what every format holds but those of preferences."""

EXAMPLES: Mapping[str, st.SearchStrategy[RactoTrainingExample]] = {
    "openai": _openai,
    "openai_dpo": _pairs,
    "openai_rft": _items,
    "anthropic": _anthropic,
    "gemini": _gemini | plain,
    "vertex": _gemini,
    "gemini_preference": _gemini_pairs,
    "sharegpt": _sharegpt | _sharegpt_pairs,
    "alpaca": _alpaca(),
    "racto": everything,
}
