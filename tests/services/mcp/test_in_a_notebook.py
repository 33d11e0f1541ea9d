"""MCP in a live kernel, where an event loop runs already: plainly, awaited, interrupted; and how it looks."""

import sys

import pytest
from jupyter_kernel import running_kernel
from services.mcp.places import OURS, is_gone, until

pytestmark = pytest.mark.slow  # a kernel and its servers
MAKE = f"""
import sys
from racto_nb.mcp import MCPAgent, MCPClientConfig, RactoMCPClient, RactoMCPServer
from racto_nb.models import ChatConfig
from racto_nb.models.messages import ToolCallResult
from racto_nb.tools import ToolRegistry
config = MCPClientConfig(transport="stdio", command={sys.executable!r}, args=[{str(OURS)!r}, "tools"], name="tools")
client = RactoMCPClient(config)
def calling(name, **arguments):
    call = ToolCallResult(id="call_1", name=name, arguments=arguments)
    return FakeReply((), tool_calls=(call,), finish_reason="tool_call")
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    with running_kernel(tmp_path_factory.mktemp("kernel")) as kernel:
        kernel.ok(MAKE)
        yield kernel
        pid = int(kernel.value("client.call_tool_sync('process').content"))
    until(lambda: is_gone(pid))  # no program is left when the kernel ends


def test_plain_calls_work_while_the_kernels_loop_runs(kernel):
    kernel.ok("result = client.call_tool_sync('add', {'a': 20, 'b': 22})")

    assert kernel.value("result.content") == "42"


def test_awaited_calls_use_the_same_process(kernel):
    kernel.ok("pids = {client.call_tool_sync('process').content, (await client.call_tool('process')).content}")

    assert kernel.value("len(pids)") == 1


def test_an_agent_is_made_and_asked_plainly_and_awaited(kernel):
    kernel.ok("agent = MCPAgent.from_mcp(FakeKit([calling('add', a=45, b=55), 'It is 100.'] * 2), [config])")

    plain = kernel.ok("agent.run(ChatConfig(user_message='What is 45 + 55?'))")
    kernel.ok("run = await agent.arun(ChatConfig(user_message='What is 45 + 55?'))\nagent.close()")

    assert kernel.value("run.content") == "It is 100."
    assert kernel.value("[turn.role for turn in run.transcript]") == ["user", "assistant", "tool", "assistant"]
    assert "✓ add(a=45, b=55)" in plain.text
    assert "1 call of tools · answered" in plain.text
    assert '<details class="racto-step racto-done">' in plain.html


def test_the_stop_button_ends_a_call(kernel):
    kernel.ok("client.list_tools_sync()")
    cell = kernel.send("print('begun', flush=True)\nclient.call_tool_sync('wait', {'seconds': 50})")
    kernel.until(cell, lambda: "begun" in cell.written("stdout"))

    kernel.interrupt()
    kernel.wait(cell, timeout=30)

    assert cell.reply["ename"] == "KeyboardInterrupt"
    assert kernel.value("client.call_tool_sync('add', {'a': 1, 'b': 2}).content") == "3"


def test_the_line_lists_and_calls_tools(kernel):
    listed = kernel.ok("%racto mcp list client")
    called = kernel.ok('%racto mcp call client weather {"city": "<b>Oslo</b>"}')
    wrong = kernel.run("%racto mcp call client weather {city}")

    assert "tools (stdio) · connected · 9 tools" in listed.text
    assert "&lt;b&gt;Oslo&lt;/b&gt;" in called.html
    assert "<b>Oslo" not in called.html
    assert "are no JSON" in wrong.written("stderr") + str(wrong.reply)


def test_the_line_serves_functions_of_the_notebook(kernel):
    kernel.ok("def shout(text: str) -> str:\n    return text.upper()")
    first = kernel.ok("%racto mcp serve shout")
    kernel.ok("%racto mcp serve shout")

    assert "MCP server listens at http://127.0.0.1:" in first.shown[0].content["data"]["text/plain"]
    assert (
        kernel.ok("print(RactoMCPClient(served.client_config).call_tool_sync('shout', {'text': 'hey'}).content)").written(
            "stdout"
        )
        == "HEY\n"
    )
    assert "served" in kernel.ok("%racto mcp").text
    assert "MCP server has ended at http://127.0.0.1:" in kernel.ok("%racto mcp stop served").text
    assert kernel.value("served.is_running") is False


def test_a_cell_takes_a_client_as_its_tools(kernel):
    kernel.ok("kit = FakeKit([calling('add', a=2, b=3), 'Five.'])")
    cell = kernel.ok("%%racto --model kit --tools client\nWhat is 2 + 3?")

    assert "add(a=2, b=3)" in "".join(shown.content["data"]["text/plain"] for shown in cell.shown)
    assert kernel.value("kit.calls[0]['tools']")[0] == "add"


def test_values_are_shown_as_what_they_are(kernel):
    picture = kernel.ok("client.call_tool_sync('picture')")
    failed = kernel.ok("client.call_tool_sync('fail', {'reason': '\\x1b[31mred<script>'})")

    assert 'src="data:image/png;base64,' in picture.html
    assert "image/png, 18 bytes" in picture.text
    assert "the tool failed" in failed.text
    assert "<script>" not in failed.html
    assert "\x1b" not in failed.text
