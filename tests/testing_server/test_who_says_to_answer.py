"""A scripted answer may say that another model gave it, as a dated version or a stand-in does."""

import pytest

from racto_nb import openai_developer_kit as gpt
from racto_nb.testing import FakeProvider, FakeReply


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_the_model_of_a_reply_is_told_in_whole_answers_and_in_streams(api):
    reply = FakeReply.of("Hello there", model="gpt-6-luna-2026-09-01")
    ask = gpt.ChatConfig(user_message="Hi")
    with (
        FakeProvider([reply], repeat_last=True) as server,
        gpt.Chat("gpt-6-luna", api_key="any", base_url=server.base_url("openai"), api=api) as kit,
    ):
        assert kit.chat(ask).model == "gpt-6-luna-2026-09-01"
        assert list(kit.stream(ask))[-1].response.model == "gpt-6-luna-2026-09-01"
