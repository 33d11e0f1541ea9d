"""An agent answers with the tools of servers; a kit takes a client as its tools."""

import asyncio
import os
import signal
import threading

import pytest
from services.mcp.places import is_gone, program

from racto_nb import openai_developer_kit as gpt
from racto_nb.exceptions import RactoGatewayTimeoutError, UsageError, WrongTypeError
from racto_nb.mcp import MCPAgent, MCPClientConfig, RactoMCPClient, RactoMCPServer
from racto_nb.models import ChatConfig, Message
from racto_nb.models.messages import ToolCallResult, ToolStop
from racto_nb.testing import FakeKit, FakeProvider, FakeReply
from racto_nb.tools import ToolRegistry

QUESTION = "What is (45 + 55) + 7, and 1 more? Use the tool."


def calls(*asked):
    made = tuple(ToolCallResult(id=f"call_{a}_{b}", name="add", arguments={"a": a, "b": b}) for a, b in asked)
    return FakeReply((), tool_calls=made, finish_reason="tool_call")


THREE = (calls((45, 55)), calls((100, 7)), calls((107, 1)), "It is 108.")


@pytest.fixture(scope="module")
def running():
    """A server of functions in this process, on a port."""
    server = RactoMCPServer("math")
    begun, ended = threading.Event(), threading.Event()

    @server.add_tool
    def add(a: int, b: int) -> int:
        return a + b

    @server.add_tool
    async def endless() -> str:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()
        return "never"

    @server.add_tool
    def huge(length: int) -> str:
        return "x" * length

    with server.start() as on:
        on.begun, on.ended = begun, ended
        yield on


@pytest.fixture
def client(running):
    with RactoMCPClient(running.client_config) as client:
        yield client


def transcript(run):
    return [
        (turn.role.value, [call.id for call in turn.tool_calls] or turn.tool_call_id or turn.content) for turn in run.transcript
    ]


WHOLE = [
    ("user", QUESTION),
    ("assistant", ["call_45_55"]),
    ("tool", "call_45_55"),
    ("assistant", ["call_100_7"]),
    ("tool", "call_100_7"),
    ("assistant", ["call_107_1"]),
    ("tool", "call_107_1"),
    ("assistant", "It is 108."),
]


def test_an_agent_solves_a_task_of_three_calls_with_its_question_in_every_request():
    kit = FakeKit(THREE)
    with MCPAgent.from_mcp(kit, [program()], max_turns=6) as agent:
        run = agent.run(ChatConfig(user_message=QUESTION))
        pid = int(agent.registry.get_callable("process")())

    assert run.content == "It is 108."
    assert run.stop_reason is ToolStop.ANSWERED
    assert [(each.arguments["a"], each.content) for each in run.tool_runs] == [(45, "100"), (100, "107"), (107, "108")]
    assert transcript(run) == WHOLE
    assert len(kit.calls) == 4
    for number, sent in enumerate(kit.calls):
        assert sent["messages"][0] == {"role": "user", "content": QUESTION}
        assert len(sent["messages"]) == 1 + 2 * number
        assert "add" in sent["tools"]
    assert kit.calls[2]["messages"][-1]["tool_call_id"] == "call_100_7"
    assert is_gone(pid)


def test_on_the_wire_of_a_provider_each_result_stands_under_the_id_of_its_call(client):
    with FakeProvider(THREE) as provider:
        kit = gpt.Chat(model="gpt-6-luna", api_key="sk-test", base_url=provider.base_url("openai"))
        run = MCPAgent(kit, client).run(ChatConfig(user_message=QUESTION))

        third = provider.requests[2].json

    assert run.content == "It is 108."
    said = third["messages"]
    assert QUESTION in str(said[:-4])
    asked = [call["id"] for each in said for call in each.get("tool_calls", ())]
    told = [(each["tool_call_id"], each["content"]) for each in said if each["role"] == "tool"]
    assert told == [(asked[0], "100"), (asked[1], "107")]


async def test_an_awaited_agent_uses_the_same_session(running):
    kit = FakeKit(THREE)
    async with await MCPAgent.afrom_mcp(kit, [running.client_config]) as agent:
        run = await agent.arun(ChatConfig(user_message=QUESTION, history=[Message(role="user", content="Hello")]))

    assert transcript(run) == [("user", "Hello"), *WHOLE]


def test_an_agent_says_that_it_ran_out_of_turns(client):
    run = MCPAgent(FakeKit([calls((1, 2)), calls((3, 4))]), client, max_turns=2).run(ChatConfig(user_message="Add on and on"))

    assert run.stop_reason is ToolStop.TURN_LIMIT
    assert len(run.tool_runs) == 1
    assert [call.id for call in run.tool_calls] == ["call_3_4"]


def test_an_agent_may_have_more_turns_than_a_question(client):
    kit = FakeKit([*(calls((number, 1)) for number in range(14)), "Done."])

    run = MCPAgent(kit, client, max_turns=15).run(ChatConfig(user_message="Count"))

    assert (run.stop_reason, len(run.tool_runs)) == (ToolStop.ANSWERED, 14)


def test_an_agent_works_with_functions_of_ones_own_and_refuses_what_is_no_kit(client):
    def add(a: int, b: int) -> int:
        return a + b

    assert MCPAgent(FakeKit(THREE), ToolRegistry([add])).run(ChatConfig(user_message=QUESTION)).stop_reason == "answered"
    with pytest.raises(WrongTypeError, match="needs a kit"):
        MCPAgent("gpt-4o", client)
    with pytest.raises(UsageError, match="at least 1"):
        MCPAgent(FakeKit(), client, max_turns=0)
    with pytest.raises(WrongTypeError, match="ChatConfig"):
        MCPAgent(FakeKit(), client).run("What is 1 + 1?")


def test_calls_of_one_turn_run_side_by_side_and_stay_in_order(client):
    run = MCPAgent(FakeKit([calls((1, 1), (2, 2), (3, 3)), "Done."]), client).run(ChatConfig(user_message="All at once"))

    assert [each.content for each in run.tool_runs] == ["2", "4", "6"]


def config(tools):
    return ChatConfig(user_message=QUESTION, tools=tools, auto_execute_tools=True)


def test_a_kit_takes_a_client_that_was_never_used(running):
    client = RactoMCPClient(running.client_config)
    asked = config(client)
    assert not client.is_open, "a question alone opens nothing"

    assert FakeKit(THREE).chat(asked).content == "It is 108."
    assert client.is_open
    assert "".join(chunk.delta.text for chunk in FakeKit(THREE).stream(config(client))) == "It is 108."
    client.close()


async def test_an_awaited_kit_takes_a_client_that_was_never_used(running):
    client = RactoMCPClient(running.client_config)

    assert (await FakeKit(THREE).achat(config(client))).content == "It is 108."
    await client.aclose()
    assert [chunk async for chunk in FakeKit(THREE).astream(config(client))][-1].accumulated_text == "It is 108."
    await client.aclose()


def test_an_estimate_knows_the_tools_too(running):
    client = RactoMCPClient(running.client_config)
    without = FakeKit().estimate(ChatConfig(user_message=QUESTION))

    assert FakeKit().estimate(config(client)).input_high > without.input_high
    client.close()


def test_a_result_that_is_too_long_is_told_as_an_error(client):
    asked = ToolCallResult(id="1", name="huge", arguments={"length": 300_000})
    kit = FakeKit([FakeReply((), tool_calls=(asked,), finish_reason="tool_call"), "Too long."])

    run = kit.chat(config(client))

    assert run.tool_runs[0].error == "its result has 300,000 characters, and at most 200,000 can be told: return less"


def test_an_interrupt_stops_the_calls_that_run(running, client):
    asked = tuple(ToolCallResult(id=str(number), name="endless", arguments={}) for number in range(2))
    kit = FakeKit([FakeReply((), tool_calls=asked, finish_reason="tool_call"), "Never."])
    running.begun.clear()
    running.ended.clear()

    def interrupt():
        running.begun.wait(30)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        kit.chat(config(client))

    assert running.ended.wait(20), "the server goes on with a call that nobody waits for"
    assert client.call_tool_sync("add", {"a": 1, "b": 2}).content == "3"


async def test_a_cancelled_question_stops_the_calls_that_run(running, client):
    asked = ToolCallResult(id="1", name="endless", arguments={})
    kit = FakeKit([FakeReply((), tool_calls=(asked,), finish_reason="tool_call"), "Never."])
    running.begun.clear()
    running.ended.clear()
    task = asyncio.create_task(kit.achat(config(client)))
    await asyncio.to_thread(running.begun.wait, 30)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(running.ended.wait, 20)


def test_an_agent_without_a_server_is_an_error_at_once():
    with pytest.raises(UsageError, match="at least one"):
        MCPAgent.from_mcp(FakeKit(), [])
    with pytest.raises(Exception, match="No MCP server can be reached"):
        MCPAgent.from_mcp(FakeKit(), [MCPClientConfig(transport="stdio", command="no-such-program")])


def test_a_call_takes_no_longer_than_it_may(running):
    running.ended.clear()
    hasty = running.client_config.model_copy(update={"timeout": 0.4})
    with (
        RactoMCPClient(hasty) as client,
        pytest.raises(RactoGatewayTimeoutError, match="did not answer a call of 'endless' in time"),
    ):
        client.call_tool_sync("endless")

    assert running.ended.wait(20), "the server is told"
