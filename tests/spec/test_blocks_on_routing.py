"""The documents' own code blocks on routing."""

from __future__ import annotations

from spec.originals import Runner, originals

from racto_nb import anthropic_developer_kit as claude
from racto_nb import google_developer_kit as gemini
from racto_nb.prompts.engine import RactoPrompt
from racto_nb.routing import CostAwareRouter, RoutingTier


def test_block_62_each_question_goes_to_the_model_that_the_documents_name(run: Runner, prompt: RactoPrompt):
    second = "RLHF (Reinforcement Learning from Human Feedback) is..."
    ran = run(62, ["4", second], prompt=prompt)
    assert ran.printed == ["4", second, "gpt-4o"]
    assert [request.json["model"] for request in ran.requests] == ["gpt-4o-mini", "gpt-4o"]
    assert [(ran[name].route.model, ran[name].route.score) for name in ("r1", "r2")] == [("gpt-4o-mini", 0), ("gpt-4o", 45)]


def test_block_63_routing_works_identically_with_claude(run: Runner, prompt: RactoPrompt):
    ran = run(63, prompt=prompt)
    run.server._script.replies[:] = ["short", "long"]
    for question in ("What is 2+2?", "Analyze and compare both designs."):
        ran["kit"].chat(claude.ChatConfig(user_message=question))
    sent = [request.json["model"] for request in run.server.requests]
    assert sent == ["claude-haiku-4-5-20251001", "claude-sonnet-4-6"]


def test_block_63_routing_works_identically_with_gemini(run: Runner, prompt: RactoPrompt):
    """What the sentence before the block says of Google."""
    tiers = [RoutingTier(model="gemini-3.5-flash-lite", max_score=40), RoutingTier(model="gemini-3.8-flash")]
    with gemini.Chat(model="auto", default_prompt=prompt, router=CostAwareRouter(tiers)) as kit:
        run.server._script.replies[:] = ["short", "long"]
        answers = [
            kit.chat(gemini.ChatConfig(user_message=text)) for text in ("What is 2+2?", "Analyze and compare both designs.")
        ]
    assert [answer.route.model for answer in answers if answer.route] == ["gemini-3.5-flash-lite", "gemini-3.8-flash"]
    assert [request.path.rpartition("/")[2].partition(":")[0] for request in run.server.requests] == [
        "gemini-3.5-flash-lite",
        "gemini-3.8-flash",
    ]


def test_every_block_on_routing_alone_is_run_here():
    assert {number for number, block in originals().items() if "RoutingTier(" in block.code} == {62, 63, 70}
