"""What came before an answer, as HTML and as text: folded, cleaned, complete."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.notebook.display.bundling import bundle
from racto_nb.notebook.display.steps import LONGEST_RESULT, Call, State, Step, steps_html, steps_text
from racto_nb.notebook.display.theme import STYLE
from racto_nb.notebook.display.thinking import Thought

HOSTILE = "</summary></details><script>alert(1)</script><img src=x onerror=alert(1)>\x1b[31m\x1b]0;x\x07"
TAGS = re.compile(r"</?([a-z0-9]+)")


def opened_and_closed(html: str) -> bool:
    return html.count("<details") == html.count("</details>") and html.count("<div") == html.count("</div>")


def test_a_call_is_a_closed_line_with_its_result_inside():
    html = steps_html([Step("Let me look.", (Call("weather", {"city": "Oslo"}, State.DONE, '{"degrees": 12}'),))])
    assert "<details" in html
    assert "open" not in html.partition("<details")[2].partition(">")[0]
    assert "weather(city=&quot;Oslo&quot;)" in html
    assert html.index("Let me look.") < html.index("<details") < html.index("degrees")


@pytest.mark.parametrize(
    ("state", "told", "sign", "says"),
    [
        (State.RUNS, "", "…", "running"),
        (State.DONE, "12 °C", "✓", "12 °C"),
        (State.DONE, "", "✓", "(nothing)"),
        (State.FAILED, "KeyError: 'x'", "✗", "KeyError: 'x'"),
        (State.LEFT, "", "○", "not carried out"),
        (State.STOPPED, "", "■", "stopped"),
    ],
)
def test_each_state_has_its_sign_and_its_words(state: State, told: str, sign: str, says: str):
    text = steps_text([Step(calls=(Call("now", {}, state, told),))])
    assert text.startswith(f"{sign} now()\n  {says}")


@pytest.mark.parametrize("state", State)
def test_foreign_text_cannot_leave_its_place(state: State):
    step = Step(HOSTILE, (Call(HOSTILE, {HOSTILE: HOSTILE}, state, HOSTILE),))
    again = Step(HOSTILE, again=HOSTILE, thought=Thought(HOSTILE))
    html, text = steps_html([step, again]), steps_text([step, again])
    assert opened_and_closed(html)
    assert not {"script", "img"} & set(TAGS.findall(html))
    assert not [char for char in html + text if char in "\x1b\x07"]


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3), st.text(), st.sampled_from(State))
def test_whatever_is_called_and_told_stays_well_formed(name: str, arguments: dict, told: str, state: State):
    call = Call(name, arguments, state, told)
    assert opened_and_closed(steps_html([Step(told, (call,))]))
    assert len(steps_text([Step(calls=(call,))]).splitlines()) == 2


def test_a_long_result_is_clipped_and_says_so():
    html = steps_html([Step(calls=(Call("f", {}, State.DONE, "x" * (LONGEST_RESULT + 1234)),))])
    assert "… and 1,234 more characters, kept in .tool_runs" in html
    assert len(html) < LONGEST_RESULT + 2000


def test_long_arguments_stand_inside_and_short_ones_only_on_the_line():
    short = steps_html([Step(calls=(Call("f", {"a": 1}, State.DONE, "ok"),))])
    long = steps_html([Step(calls=(Call("f", {"a": "x" * 500}, State.DONE, "ok"),))])
    assert short.count("<pre>") == 1
    assert long.count("<pre>") == 2
    assert "x" * 500 in long


def test_an_answer_that_was_asked_for_again_is_folded_with_the_reason():
    step = Step('{"age": "old"}', again="age: Input should be a valid integer")
    assert steps_text([step]) == '{"age": "old"}\n↻ asked again: age: Input should be a valid integer'
    assert steps_html([step]).count("<details") == 1


def test_steps_stand_above_the_answer_and_below_nothing():
    shown = bundle("It is 12.", "the foot", steps=[Step("Let me look.", (Call("now", {}, State.DONE, "12"),))])
    assert shown["text/plain"] == "Let me look.\n✓ now()\n  12\n\nIt is 12.\n\n— the foot"
    html = shown["text/html"].removeprefix(STYLE)
    assert html.index("<details") < html.index("It is 12.") < html.index("the foot")


def test_the_thinking_of_a_step_stands_with_it():
    step = Step("", (Call("now", {}, State.DONE, "12"),), thought=Thought("so", 2.0))
    assert steps_html([step]).index("Thought for 2.0 s") < steps_html([step]).index("now()")
    assert "— thought for 2.0 s · 1 word" in steps_text([step])
