"""What a server sends is data, whatever it sends: it is kept, told and shown as text, or refused with a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from services.mcp.places import script

from racto_nb.exceptions import RactoGatewayServerError
from racto_nb.mcp import RactoMCPClient
from racto_nb.mcp.describing import described, taken_names
from racto_nb.models import ChatConfig
from racto_nb.models.messages import ToolCallResult
from racto_nb.testing import FakeKit, FakeReply

SERVER = """
import json, sys
RESULTS = {
    "huge": {"content": [{"type": "text", "text": "x" * 3_000_000}]},
    "colours": {"content": [{"type": "text", "text": "\\x1b[31mred\\x1b]0;title\\x07"}]},
    "page": {"content": [{"type": "text", "text": "<script>alert(1)</script>"}], "structuredContent": {"<b>": "<img src=x>"}},
    "no_bytes": {"content": [{"type": "image", "data": "***", "mimeType": "image/png"}]},
    "no_list": {"content": "text"},
    "unknown": {"content": [{"type": "hologram", "data": "x"}]},
    "lies": {"content": [], "structuredContent": {"celsius": "warm"}},
}
def tool(name):
    made = {"name": name, "inputSchema": {"type": "object"}, "description": "<b>\\x1b[31m"}
    if name == "lies":
        made["outputSchema"] = {"type": "object", "properties": {"celsius": {"type": "number"}}}
    return made
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    print("no JSON at all", flush=True)
    match asked["method"]:
        case "initialize":
            result = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "<i>evil</i>", "version": "1"}}
        case "tools/list":
            result = {"tools": [tool(name) for name in RESULTS]}
        case "tools/call":
            result = RESULTS[asked["params"]["name"]]
        case _:
            print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32601, "message": "no"}}), flush=True)
            continue
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}), flush=True)
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with RactoMCPClient(script(tmp_path_factory.mktemp("hostile"), SERVER)) as client:
        yield client


def test_a_huge_text_is_kept_whole_and_not_told_to_a_model(client):
    asked = ToolCallResult(id="1", name="huge", arguments={})
    kit = FakeKit([FakeReply((), tool_calls=(asked,), finish_reason="tool_call"), "Too long."])

    response = kit.chat(ChatConfig(user_message="Look", tools=client, auto_execute_tools=True))

    assert len(client.call_tool_sync("huge").content) == 3_000_000
    assert response.tool_runs[0].error == "its result has 3,000,000 characters, and at most 200,000 can be told: return less"


def test_markup_and_colours_stay_what_they_are(client):
    assert client.call_tool_sync("colours").content == "\x1b[31mred\x1b]0;title\x07"
    page = client.call_tool_sync("page")
    assert (page.content, page.structured) == ("<script>alert(1)</script>", {"<b>": "<img src=x>"})
    assert client.name == "<i>evil</i>"


@pytest.mark.parametrize(
    ("tool", "why"),
    [
        ("no_bytes", "is no base64"),
        ("no_list", "content"),
        ("unknown", "content"),
        ("lies", "Invalid structured content"),
    ],
)
def test_what_is_no_result_is_refused_and_the_session_goes_on(client, tool, why):
    with pytest.raises(RactoGatewayServerError, match=f"answered a call of '{tool}' with what is no result: .*{why}"):
        client.call_tool_sync(tool)
    assert client.call_tool_sync("page").structured


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["type", "properties", "required", "$defs", "additionalProperties", "x"]), JSON))
def test_any_schema_can_be_described(schema):
    tool = described("tool", "", schema)

    assert tool.to_json_schema() == {"type": "object", "properties": {}, "additionalProperties": False} | schema
    assert json.dumps(tool.model_dump(mode="json"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=80) | st.text("a._", min_size=1, max_size=4), unique=True))
def test_every_name_becomes_one_that_providers_take(names):
    taken = taken_names(names)

    assert list(taken) == names
    assert len(set(taken.values())) == len(names)
    assert all(taken[name] == name for name in names if name in taken.values())
    assert all(len(name) <= 64 and name.isascii() and name.replace("-", "_").isidentifier() for name in taken.values())
