"""Test notebooks and programs without a model: a kit and a provider that answer from a script, and a fence against the network.

`FakeKit` is a kit of its own, the quickest way to test what uses a kit. `FakeProvider` is a server on this machine that the real
kits and the vendors' libraries talk to, for whatever concerns the wire: requests as sent, errors, retries, broken streams.

from racto_nb.testing import FakeKit, FakeProvider, forbid_network

with forbid_network():
    kit = FakeKit(["Paris"])
    assert kit.chat(ChatConfig(user_message="Capital of France?")).content == "Paris"

with FakeProvider(["Paris"]) as server:
    kit = gpt.Chat("gpt-6-luna", api_key="any", base_url=server.base_url("openai"))
    assert kit.chat(ChatConfig(user_message="Capital of France?")).content == "Paris"
"""

from racto_nb.testing.batches import FakeBatch
from racto_nb.testing.fake_kafka import FakeKafka
from racto_nb.testing.fake_kit import FakeKit
from racto_nb.testing.fake_provider import FakeProvider
from racto_nb.testing.faults import FakeBody, FakeFault
from racto_nb.testing.network import forbid_network
from racto_nb.testing.received import FakeRequest
from racto_nb.testing.replies import FakeReply
from racto_nb.testing.tunings import FakeTuning

__all__ = [
    "FakeBatch",
    "FakeBody",
    "FakeFault",
    "FakeKafka",
    "FakeKit",
    "FakeProvider",
    "FakeReply",
    "FakeRequest",
    "FakeTuning",
    "forbid_network",
]
