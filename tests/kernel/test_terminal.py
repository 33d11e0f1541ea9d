"""`%%racto` in IPython in a terminal: text as it comes, and nothing that commands the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pexpect
import pytest

HOSTILE = r"safe \x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x07link\x1b]8;;\x07 \x1b[31mred\x1b[0m \x9b5mblink\x08\x08\rover end"
CODE = """
get_ipython().run_line_magic("load_ext", "racto_nb")
from racto_nb.testing import FakeKit, FakeReply
"""


def ipython(tmp_path: Path, source: str) -> subprocess.CompletedProcess[str]:
    """Run a script in a terminal IPython of its own, without a kernel."""
    script = tmp_path / "script.ipy"
    script.write_text(CODE + source)
    return subprocess.run(
        [sys.executable, "-m", "IPython", "--simple-prompt", "--colors=nocolor", "--no-banner", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "dumb"},
    )


def ask(reply: str, line: str = "") -> str:
    """Source of one question to a FakeKit."""
    return f"kit = FakeKit([{reply}])\nget_ipython().run_cell_magic('racto', '--model kit {line}', 'a question')\n"


def assert_harmless(text: str) -> None:
    assert [char for char in text if (ord(char) < 32 and char not in "\n\t") or 127 <= ord(char) < 160] == []


def test_the_answer_is_written_as_it_comes_with_its_footer_below(tmp_path: Path):
    done = ipython(tmp_path, ask("'one two three'"))
    assert done.returncode == 0, done.stderr
    lines = done.stdout.strip().splitlines()
    assert lines[0] == "one two three"
    assert lines[-1].startswith("— fake:fake-model · ")


def test_each_piece_is_written_once(tmp_path: Path):
    done = ipython(tmp_path, ask("FakeReply(tuple(f'word{n} ' for n in range(50)), delay=0.01)"))
    assert done.stdout.count("word49 ") == 1
    assert done.stdout.startswith("word0 word1 word2 ")


def test_control_characters_of_the_answer_do_not_reach_the_terminal(tmp_path: Path):
    done = ipython(tmp_path, ask(f'"{HOSTILE}"'))
    assert "safe" in done.stdout
    assert "end" in done.stdout
    assert_harmless(done.stdout)


def test_a_control_sequence_that_is_split_between_pieces_does_not_reach_the_terminal(tmp_path: Path):
    done = ipython(tmp_path, ask(r'FakeReply(("safe \x1b", "]0;owned\x07 \x1b[", "2J end"))'))
    assert "end" in done.stdout
    assert_harmless(done.stdout)


def test_a_hostile_error_message_does_not_reach_the_terminal(tmp_path: Path):
    source = "from racto_nb.exceptions import RactoGatewayAPIError\n" + ask('RactoGatewayAPIError("bad \\x1b]0;owned\\x07 end")')
    done = ipython(tmp_path, source)
    assert "RactoGatewayAPIError: bad end" in done.stdout + done.stderr
    assert_harmless(done.stdout + done.stderr)


def test_a_hostile_model_name_does_not_reach_the_terminal(tmp_path: Path):
    source = (
        "kit = FakeKit(['x'], model='m\\x1b]0;owned\\x07')\nget_ipython().run_cell_magic('racto', '--model kit', 'q')\n_racto"
    )
    done = ipython(tmp_path, source)
    assert "fake:m" in done.stdout
    assert_harmless(done.stdout + done.stderr)


def test_quiet_and_dry_run_write_no_answer(tmp_path: Path):
    assert "one two" not in ipython(tmp_path, ask("'one two'", "--quiet")).stdout
    dry = ipython(tmp_path, ask("'one two'", "--dry-run")).stdout
    assert "a question" in dry
    assert "one two" not in dry


def test_verbs_write_plain_text(tmp_path: Path):
    shown = ipython(tmp_path, "get_ipython().run_line_magic('racto', 'help')\n").stdout
    assert "%racto models" in shown
    assert "<table" not in shown


def test_in_a_real_terminal_the_answer_grows_and_ctrl_c_keeps_the_part(tmp_path: Path):
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "xterm"}
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--simple-prompt", "--colors=nocolor", "--no-banner", "--no-confirm-exit"],
        env=environment,
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 200),
    )
    try:
        terminal.expect(r"In \[1\]: ")
        terminal.sendline("%load_ext racto_nb")
        terminal.expect(r"In \[2\]: ")
        terminal.sendline(
            "from racto_nb.testing import *; kit = FakeKit([FakeReply(tuple(f'word{n} ' for n in range(9999)), delay=.01)])"
        )
        terminal.expect(r"In \[3\]: ")
        terminal.sendline("get_ipython().run_cell_magic('racto', '--model kit', 'go')")
        terminal.expect("word20 ")
        terminal.sendintr()
        terminal.expect("— incomplete · .*\n.*Interrupted: the partial answer is kept in _racto.text")
        terminal.expect(r"In \[4\]: ")
        terminal.sendline("len(_racto.text) > 100, _racto.complete")
        terminal.expect(r"\(True, False\)")
        terminal.sendline("exit")
        terminal.expect(pexpect.EOF)
    finally:
        terminal.close(force=True)
    assert terminal.exitstatus == 0


@contextmanager
def terminal_of(tmp_path: Path) -> Iterator[pexpect.spawn]:
    """IPython in a terminal, with a FakeKit `kit` that never ends."""
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "IPython", "--simple-prompt", "--colors=nocolor", "--no-banner", "--no-confirm-exit"],
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython"), "TERM": "xterm"},
        encoding="utf-8",
        timeout=60,
        dimensions=(50, 200),
    )
    try:
        terminal.expect(r"In \[1\]: ")
        terminal.sendline("%load_ext racto_nb")
        terminal.expect(r"In \[2\]: ")
        terminal.sendline(
            "import asyncio; from racto_nb.testing import *; "
            "kit = FakeKit([FakeReply(('word ',) * 99999, delay=.01)], repeat_last=True)"
        )
        terminal.expect(r"In \[3\]: ")
        yield terminal
    finally:
        terminal.close(force=True)


WAITS = "get_ipython().run_cell_magic('racto', '--model kit -b --into {}', 'go')"


SOON = "loop = asyncio.get_running_loop(); loop.call_soon(loop.call_soon, print, 'wai' + 'ting')"


@pytest.mark.parametrize("waiting", ["await first", "await asyncio.gather(first, second)"])
def test_in_a_real_terminal_ctrl_c_stops_what_is_awaited(tmp_path: Path, waiting: str):
    with terminal_of(tmp_path) as terminal:
        for number, name in enumerate(("first", "second"), 4):
            terminal.sendline(WAITS.format(name))
            terminal.expect(rf"In \[{number}\]: ")
        terminal.sendline("while min(len(answer._asking.shown.text) for answer in (first, second)) < 30: pass\n")
        terminal.expect(r"In \[6\]: ")
        terminal.sendline(f"{SOON}; {waiting}")
        terminal.expect("waiting")
        terminal.sendintr()
        terminal.expect(r"In \[7\]: ")
        assert (
            terminal.before.strip().splitlines()[-1].removeprefix("^C") == "Interrupted: the partial answer is kept in first.text"
        )
        assert "Traceback" not in terminal.before
        terminal.sendline("first.done, second.done, kit.open_streams, len(first.text) > 20")
        both = "gather" in waiting
        terminal.expect(rf"\(True, {both}, {0 if both else 1}, True\)")
        terminal.sendline("while True: pass")
        terminal.sendintr()
        terminal.expect("KeyboardInterrupt")


def test_leaving_a_real_terminal_while_an_answer_is_written_is_silent(tmp_path: Path):
    with terminal_of(tmp_path) as terminal:
        terminal.sendline(WAITS.format("first"))
        terminal.expect(r"In \[4\]: ")
        terminal.sendline("exit")
        terminal.expect(pexpect.EOF)
        assert terminal.before.replace("\x1b[23;0t", "").strip() == "exit"  # IPython gives the window its title back
    assert terminal.exitstatus == 0
