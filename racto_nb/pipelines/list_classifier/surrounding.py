"""What stands around one classification: caches, a memory, a limit of tokens, an audit log. Kind: flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, cast

from racto_nb.exceptions import ClassifierRateLimitExceededError
from racto_nb.flow.effects import Flow, Moment, Stream, call, now
from racto_nb.kits.kit import DeveloperKit
from racto_nb.kits.middleware import Answer, Ask, Step, Steps, through
from racto_nb.models.chat import ChatConfig
from racto_nb.models.messages import Message, MessageRole
from racto_nb.models.response import LLMResponse
from racto_nb.models.stream import StreamChunk
from racto_nb.models.usage import estimated_tokens
from racto_nb.pipelines.asking import ChatMemory, RateLimiter, Taken, taken
from racto_nb.pipelines.list_classifier.answering import Outcome, checked_text, classified, failed
from racto_nb.pipelines.list_classifier.auditing import audited, warn
from racto_nb.pipelines.list_classifier.forms import instructions, message_for
from racto_nb.pipelines.list_classifier.results import AuditEntry, ClassifierResult, ClassifierUsage
from racto_nb.pipelines.list_classifier.settings import Task

_TURNS = 6
_TURN_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Around:
    """What a classifier was given beside its kit. `token` stands for a kit that has no identity of its own in keys of caches."""

    exact_cache: Step | None = None
    semantic_cache: Step | None = None
    memory: ChatMemory | None = None
    rate_limiter: RateLimiter | None = None
    write: Callable[[AuditEntry], object] | None = None
    token: str = ""
    steps: tuple[Step, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        steps = Steps(exact_cache=self.exact_cache, semantic_cache=self.semantic_cache).ordered
        object.__setattr__(self, "steps", steps)


@dataclass(frozen=True, slots=True)
class Caller:
    """For whom a text is classified: the conversation that it belongs to, and the user who pays for it."""

    session_id: str | None = None
    user_id: str | None = None


class _FailedError(Exception):
    """An outcome without a result on its way through the caches, which keep nothing of it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.result.error)
        self.outcome = outcome


def classification(around: Around, task: Callable[[], Task], text: str, caller: Caller) -> Flow[Outcome]:
    """The outcome for one text, whatever goes wrong: what is wrong with the settings is an error of it too. It is audited."""
    begun = yield from now()
    outcome = yield from _outcome(around, task, text, caller)
    if around.write is not None:
        ended = yield from now()
        yield from audited(around.write, _entry(outcome.result, begun, ended, caller))
    return outcome


def _entry(result: ClassifierResult, begun: Moment, ended: Moment, caller: Caller) -> AuditEntry:
    return result.to_audit_entry(
        timestamp=datetime.fromtimestamp(begun.wall, UTC).isoformat(),
        user_id=caller.user_id,
        session_id=caller.session_id,
        latency_ms=round((ended.clock - begun.clock) * 1000, 3),
    )


def _outcome(around: Around, task: Callable[[], Task], text: str, caller: Caller) -> Flow[Outcome]:
    options: Sequence[str] = ()
    try:
        text = checked_text(text)
        known = task()
        options = known.form.labels.options
        memory = around.memory if caller.session_id is not None else None
        history = [] if memory is None else (yield from _remembered(memory, caller.session_id or ""))
        result = yield from _through_caches(around, known, text, history, caller)
        if memory is not None:
            yield from _remember(memory, caller.session_id or "", result)
        return Outcome(result)
    except _FailedError as error:
        return error.outcome
    except Exception as error:  # noqa: BLE001  (handed on as a part of the outcome)
        return Outcome(failed(text, options, error), error)


def _through_caches(around: Around, task: Task, text: str, history: list[Message], caller: Caller) -> Flow[ClassifierResult]:
    """The result of a cache where it has one, else of the model."""

    def onward(_: Ask) -> Stream[StreamChunk, Answer]:
        held = yield from _consume(around, task, text, caller)
        outcome = yield from classified(task, text, history)
        yield from held.settled(outcome.result.usage.total_tokens)
        if outcome.error is not None:
            raise _FailedError(outcome)
        return Answer(LLMResponse(content=outcome.result.model_dump_json(), parsed_model=outcome.result))

    answer = yield from cast("Flow[Answer]", through(around.steps, _ask(around, task, text, history), onward))
    result = cast("ClassifierResult", answer.response.parsed_model)
    if answer.origin == "fresh":
        return result
    free = {"cache_hit": answer.origin, "usage": ClassifierUsage(), "cost": Decimal(0), "user_query": text}
    return result.model_copy(update=free)


def question_as_kept(around: Around, task: Task) -> Ask:
    """What the keys of caches are made of, whatever the text: all else that a classifier's results depend on."""
    return _ask(around, task, "any text", [])


def _ask(around: Around, task: Task, text: str, history: list[Message]) -> Ask:
    """The question as caches know it: the text, and everything beside it that the result depends on, in its own place."""
    settings = task.settings
    beside = {
        "kit": list(task.kit.identity) if isinstance(task.kit, DeveloperKit) else [around.token],
        "options": list(task.form.labels.options),
        "descriptions": dict(task.form.labels.descriptions),
        "examples": [[shown, list(names)] for shown, names in task.form.labels.examples],
        "case_sensitive": task.form.labels.case_sensitive,
        "source": task.source,
        "instructions": instructions(task.form),
        "settings": {each.name: getattr(settings, each.name) for each in fields(settings) if each.name not in _NOT_IN_KEYS},
    }
    config = ChatConfig(
        user_message=text,
        prompt=settings.prompt,
        history=history,
        max_tokens=settings.max_tokens,
        response_model=ClassifierResult,
        # Votes at a temperature are one result together; a single answer at one is a sample, which caches pass by.
        **_chosen(0.0 if settings.votes > 1 else task.temperature),
        extra={"classifier": beside},
    )
    return Ask("list_classifier", "", config, streamed=False)


_NOT_IN_KEYS = frozenset({"prompt", "output_format", "max_retries"})
"""The prompt has its own place, and on the others no valid result depends."""


def _chosen(temperature: float) -> dict[str, Any]:
    return {"temperature": temperature} if temperature else {}


def _consume(around: Around, task: Task, text: str, caller: Caller) -> Flow[Taken]:
    """Take what is about to be sent from the user's share. Raises ClassifierRateLimitExceededError where it is used up."""
    if around.rate_limiter is None or caller.user_id is None:
        return Taken(0)
    tokens = task.settings.votes * estimated_tokens(message_for(task.form, text))
    held = yield from taken(around.rate_limiter, caller.user_id, tokens)
    if not held.allowed:
        msg = f"The user {caller.user_id!r} has used up their tokens; about {tokens} were needed. Nothing was sent."
        raise ClassifierRateLimitExceededError(msg, user_id=caller.user_id, retry_after=held.retry_after)
    return held


def _remembered(memory: ChatMemory, session: str) -> Flow[list[Message]]:
    """The last turns of a conversation, long ones cut."""
    turns = yield from call(partial(memory.get_history, session))
    roles = {"user": MessageRole.USER, "assistant": MessageRole.ASSISTANT}
    told = [(roles.get(turn.get("role", "")), turn.get("content", "")) for turn in turns[-_TURNS:]]
    return [Message(role=role, content=content[:_TURN_LENGTH]) for role, content in told if role is not None and content]


def _remember(memory: ChatMemory, session: str, result: ClassifierResult) -> Flow[None]:
    """Add the text and its labels to a conversation. What goes wrong is a warning: the result is there."""
    try:
        yield from call(partial(memory.append, session, MessageRole.USER.value, result.user_query))
        yield from call(partial(memory.append, session, MessageRole.ASSISTANT.value, result.as_string()))
    except Exception as error:  # noqa: BLE001  (told as a warning)
        warn(f"A classification could not be added to its conversation ({type(error).__name__}: {error}).")
