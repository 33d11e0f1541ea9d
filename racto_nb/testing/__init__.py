"""Test notebooks and programs without a model: a kit that answers from a script, and a fence against the network.

from racto_nb.testing import FakeKit, forbid_network

with forbid_network():
    kit = FakeKit(["Paris"])
    assert kit.chat(ChatConfig(user_message="Capital of France?")).content == "Paris"
"""

from racto_nb.testing.fake_kit import FakeKit
from racto_nb.testing.fake_provider import FakeReply
from racto_nb.testing.network import forbid_network

__all__ = ["FakeKit", "FakeReply", "forbid_network"]
