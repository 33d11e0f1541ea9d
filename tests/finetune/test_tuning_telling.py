"""Who hears the lines of a training."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from racto_nb.finetune.tuning.telling import Teller
from racto_nb.flow.sync_driver import SyncDriver


class Heard(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def heard_by(*handlers: logging.Handler) -> Iterator[None]:
    """These are all who listen. Made in a test, not before it: pytest listens to each log that hands nothing on by then."""
    log = logging.getLogger("racto_nb.finetune")
    log.propagate, log.handlers[:] = False, handlers
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.handlers.clear()
        log.propagate = True
        log.setLevel(logging.NOTSET)


def said(capsys: pytest.CaptureFixture[str]) -> str:
    SyncDriver().run(Teller("OpenAIFineTuner", verbose=True).say("Done!"))
    return capsys.readouterr().err


@pytest.mark.parametrize("handlers", [[Heard(logging.WARNING)], [logging.NullHandler()], []])
def test_where_no_handler_takes_the_lines_they_go_to_standard_error(handlers, capsys):
    with heard_by(*handlers):
        assert said(capsys) == "[OpenAIFineTuner] Done!\n"


def test_where_one_handler_takes_the_lines_they_go_there_alone(capsys):
    handlers = [Heard(logging.WARNING), Heard(logging.INFO)]
    with heard_by(*handlers):
        assert said(capsys) == ""
    assert [handler.lines for handler in handlers] == [[], ["[OpenAIFineTuner] Done!"]]
