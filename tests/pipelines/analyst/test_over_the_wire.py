"""The pipeline through real kits and adapters, over a provider on this machine: replies as models write them."""

from __future__ import annotations

import pytest
from pipelines.analyst.small_source import ADULTS, MemorySource, pipeline
from pipelines.analyst.test_running import Ask, both

from racto_nb import anthropic_developer_kit as claude
from racto_nb import openai_developer_kit as gpt
from racto_nb.pipelines.sql_analyst.pipeline import SQLAnalystPipeline
from racto_nb.testing import FakeFault, FakeProvider

FENCED = f"Here is the query:\n\n```sql\n{ADULTS}\n```\n\nIt lists everybody who is of age."


@both
@pytest.mark.parametrize("module", [gpt, claude], ids=["openai", "anthropic"])
def test_a_fenced_reply_where_json_was_asked_for_costs_one_request(ask: Ask, module):
    wire = "openai" if module is gpt else "anthropic"
    with FakeProvider([FENCED]) as server, module.Chat(api_key="any", base_url=server.base_url(wire)) as kit:
        asked = SQLAnalystPipeline(kit, engine=MemorySource(), run_pandas=False, run_answer=False)

        result = ask(asked)

        assert (result.error, result.row_count, len(server.requests)) == (None, 2, 1)
        assert result.usage.sql_input_tokens > 0
        assert result.model.startswith(f"{wire}:")


@both
def test_a_server_that_fails_in_the_last_step_leaves_the_rows(ask: Ask):
    script = [FENCED, FakeFault(status=500)]
    with (
        FakeProvider(script, repeat_last=True) as server,
        gpt.Chat(api_key="any", base_url=server.base_url("openai"), max_retries=0) as kit,
    ):
        result = ask(pipeline([], safe_mode=True).with_options(kit=kit, run_answer=True))

    assert (result.row_count, result.answer, result.outcome) == (2, None, "answered")
    assert result.error
