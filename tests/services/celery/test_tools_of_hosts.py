"""Tools of an MCP client, or of another host, that nobody has listed yet: they are asked for before a question is sent."""

import json

import pytest
from celery import Celery

from racto_nb.celery import RactoCeleryWorker
from racto_nb.exceptions import UsageError
from racto_nb.fleet.carrying import Known, question_data, question_from
from racto_nb.flow.async_driver import AsyncDriver
from racto_nb.flow.sync_driver import SyncDriver
from racto_nb.models.chat import ChatConfig
from racto_nb.models.sources import ToolHost, ToolSource
from racto_nb.testing import FakeKit
from racto_nb.tools import ToolRegistry


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


class Host:
    """Tools that must be asked for."""

    def __init__(self):
        self.known = ToolRegistry()
        self.asked = []

    def listed(self):
        self.asked.append("plainly")
        self.known = ToolRegistry([add])
        return self.known

    async def alisted(self):
        self.listed()
        self.asked[-1] = "awaited"
        return self.known

    @property
    def schemas(self):
        return self.known.schemas

    def get_callable(self, name):
        return self.known.get_callable(name)

    def validated(self, name, arguments):
        return self.known.validated(name, arguments)

    def __len__(self):
        return len(self.known)

    def __contains__(self, name):
        return name in self.known


def test_the_host_of_these_tests_is_one():
    assert isinstance(Host(), ToolHost)
    assert isinstance(Host(), ToolSource)


def test_a_question_is_written_with_the_tools_that_its_host_has():
    data = question_data(ChatConfig(user_message="2 + 3?", tools=Host()), Known())

    assert [tool["name"] for tool in data["tools"]] == ["add"]


def test_a_worker_that_has_a_host_knows_its_tools():
    config = ChatConfig(user_message="2 + 3?", tools=ToolRegistry([add]), auto_execute_tools=True)
    data = json.loads(json.dumps(question_data(config, Known(Host()))))

    tools = question_from(data, Known(Host())).tools

    assert tools.get_callable("add")(a=2, b=3) == 5
    assert tools.validated("add", {"a": 2, "b": "3"}) == {"a": 2, "b": 3}
    with pytest.raises(UsageError, match="the worker does not know them"):
        question_from({**data, "tools": [{**data["tools"][0], "name": "other"}]}, Known(Host()))


@pytest.mark.parametrize("colour", ["plainly", "awaited"])
async def test_a_celery_worker_asks_hosts_in_the_colour_of_the_caller(colour):
    given, known = Host(), Host()
    worker = RactoCeleryWorker(Celery("hosts", broker="memory://", set_as_current=False), kit=FakeKit(), tools=known)
    asking = worker._asking([(None, ChatConfig(user_message="2 + 3?", tools=given, auto_execute_tools=True))])

    post = await AsyncDriver().run(asking) if colour == "awaited" else SyncDriver().run(asking)

    assert [tool["name"] for tool in post.payloads[0]["question"]["tools"]] == ["add"]
    assert (given.asked, known.asked) == ([colour], [colour])
