"""Keep a conversation within the window of the model that is asked. Kind: flow; what is done to a question is pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from racto_nb.exceptions import ContextOverflowError, WrongTypeError
from racto_nb.flow.effects import Stream
from racto_nb.kits.middleware import Answer, Ask, Onward
from racto_nb.models.chat import ChatConfig
from racto_nb.models.stream import StreamChunk
from racto_nb.models.truncation import Truncation
from racto_nb.providers.wire import ModelSpec
from racto_nb.truncation.config import TruncationConfig
from racto_nb.truncation.fitting import Measured, gap, measured
from racto_nb.truncation.limits import DEFAULT_CONTEXT_LIMIT, window_of_family


@dataclass(frozen=True, slots=True)
class Frame:
    """What a prompt must fit: the `window` of a `model`, without the `room` for the answer and the `margin`."""

    model: str
    window: int
    room: int
    margin: int

    @property
    def budget(self) -> int:
        """The most tokens that the prompt may have."""
        return self.window - self.room - self.margin


@dataclass(frozen=True, slots=True)
class Shortened:
    """A question as it was (`whole`) and as it is sent, and the report. `found` and `frame` are what it was measured by."""

    whole: ChatConfig
    config: ChatConfig
    report: Truncation
    found: Measured
    frame: Frame


class TokenTruncator:
    """Leaves the middle of a history out where it does not fit the window of the model: a kit's `truncator=`.

    A prompt may have the window without the room for the answer (`max_tokens`, with `native_thinking` also `thinking_budget`) and
    the `safety_margin`. Counted are the system text, the schema of the answer, tools, files, the history with its calls, and the
    question. Messages go in whole exchanges: a turn of the user with all that followed it, so that no call loses its result.
    System messages that begin the history stay. `response.truncation` tells what was left out, and a cell's footer does.

    Nothing is ever cut within a text. Where the system text, the tools and the question alone do not fit, ContextOverflowError
    says so with the figures, and nothing is sent. What tools answer while the question is worked on is not known before: leave
    room for it with `safety_margin`. With `model="auto"` the smallest window of the router's models counts that the question
    fits.

    >>> history = [{"role": "user", "content": f"Question {number} " + "x" * 400} for number in range(20)]
    >>> config = ChatConfig(user_message="And now?", history=history, max_tokens=200)
    >>> truncator = TokenTruncator(TruncationConfig(max_context_tokens=1300, keep_last_n=4, safety_margin=100))
    >>> truncator.report(config, "gpt-6-luna").notice
    '11 of 20 messages left out'
    """

    def __init__(self, config: TruncationConfig | None = None) -> None:
        if config is not None and not isinstance(config, TruncationConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise WrongTypeError(f"TokenTruncator takes a TruncationConfig, not {type(config).__name__}.")
        self._config = config or TruncationConfig()

    @property
    def config(self) -> TruncationConfig:
        """How conversations are shortened."""
        return self._config

    def estimate_tokens(self, text: str) -> int:
        """The tokens of `text` by the truncator's counter.

        >>> TokenTruncator().estimate_tokens("a" * 400)
        100
        """
        return self._config.count(text)

    def truncate(self, chat_config: ChatConfig, model: str) -> ChatConfig:
        """`chat_config` with what fits of its history; the same object where all of it does.

        A prompt that only a kit has is not counted here. Raises ContextOverflowError where the question alone does not fit.
        """
        return self._by_name(chat_config, model).config

    def report(self, chat_config: ChatConfig, model: str) -> Truncation:
        """What `truncate` leaves out, and how many tokens there are before and after."""
        return self._by_name(chat_config, model).report

    def report_among(self, chat_config: ChatConfig, specs: Sequence[ModelSpec]) -> Truncation:
        """What a kit that may ask these models, one at least, leaves out of a resolved `chat_config`."""
        return self._shortened(chat_config, self._frames(chat_config, specs)).report

    def around(self, ask: Ask, onward: Onward) -> Stream[StreamChunk, Answer]:
        """The answer to what fits of `ask`, with the report on what was left out."""
        return (yield from self._told(self._for(ask), ask, onward))

    def _for(self, ask: Ask) -> Shortened:
        """The question of `ask` as it fits the smallest window that it can fit."""
        return self._shortened(ask.config, self._frames(ask.config, ask.specs or (ModelSpec(ask.provider, ask.model),)))

    def _told(self, shortened: Shortened, ask: Ask, onward: Onward) -> Stream[StreamChunk, Answer]:
        """The answer to the question that was shortened, with the report. Only models that it fits are left to choose from."""
        report = shortened.report
        fitting = tuple(spec for spec in ask.specs if self._frame_of(ask.config, spec).budget >= report.tokens_after)
        passed = replace(ask, config=shortened.config, specs=fitting)
        if not report.left_out:
            return (yield from onward(passed))
        try:
            answer = yield from onward(passed)
        except ContextOverflowError as error:
            error.add_note(f"{report.notice.capitalize()} already; what was sent has about {report.tokens_after:,} tokens.")
            raise
        return replace(answer, response=answer.response.model_copy(update={"truncation": report}))

    def _by_name(self, config: ChatConfig, model: str) -> Shortened:
        return self._shortened(config, [self._frame(config, model, self._config.resolve_limit(model), None)])

    def _frames(self, config: ChatConfig, specs: Sequence[ModelSpec]) -> list[Frame]:
        return sorted((self._frame_of(config, spec) for spec in specs), key=lambda frame: frame.budget)

    def _frame_of(self, config: ChatConfig, spec: ModelSpec) -> Frame:
        able = spec.abilities
        # The catalogue was asked when the kit was made: to look for the user's file here would block event loops.
        window = self._config.max_context_tokens or able.window or window_of_family(spec.name) or DEFAULT_CONTEXT_LIMIT
        return self._frame(config, f"{spec.provider}:{spec.name}", window, able.output_limit)

    def _frame(self, config: ChatConfig, model: str, window: int, output_limit: int | None) -> Frame:
        ours = self._config
        return Frame(model, window, ours.room_of(config, window, output_limit), ours.margin_of(window))

    def _shortened(self, config: ChatConfig, frames: Sequence[Frame]) -> Shortened:
        found = measured(config, self._config.count)
        frame = next((frame for frame in frames if found.fixed <= frame.budget), None)
        if frame is None:
            raise _too_long(found, frames[-1])
        return self.cut(config, found, frame)

    def cut(self, config: ChatConfig, found: Measured, frame: Frame, *, spare: int = 0) -> Shortened:
        """`config` within the budget of `frame`, with `spare` tokens of it left free."""
        ours = self._config
        places = gap(found, frame.budget - spare, first=ours.keep_first_n, last=ours.keep_last_n)
        gone = sum(each.tokens for each in found.exchanges if each.start in places)
        before = len(config.history)
        report = Truncation(tuple(places), before, found.tokens, found.tokens - gone, frame.budget, frame.window)
        sent = config.model_copy(update={"history": report.applied(config.history)}) if places else config
        return Shortened(config, sent, report, found, frame)

    def __repr__(self) -> str:
        ours = self._config
        window = f", window {ours.max_context_tokens:,}" if ours.max_context_tokens else ""
        return f"{type(self).__name__}(first {ours.keep_first_n}, last {ours.keep_last_n}{window})"


def _too_long(found: Measured, frame: Frame) -> ContextOverflowError:
    message = (
        f"The system text, the tools and the question have about {found.fixed:,} tokens, and {frame.model} has room for "
        f"{max(frame.budget, 0):,} (a window of {frame.window:,}, {frame.room:,} of it for the answer and {frame.margin:,} as a "
        "margin). Nothing was sent. Shorten the question or its files, lower max_tokens, or use a model with a larger window."
    )
    return ContextOverflowError(message, tokens=found.fixed, window=frame.window)
