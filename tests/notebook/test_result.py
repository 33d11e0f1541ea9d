"""What a cell leaves behind."""

import copy
import pickle

import pandas as pd
import pytest

from racto_nb.exceptions import UsageError
from racto_nb.models.response import FinishReason, LLMResponse
from racto_nb.models.usage import usage_of
from racto_nb.notebook.magics.result import RactoResult


def result(text: str = "**one**", **changes) -> RactoResult:
    given = {
        "response": LLMResponse(content=text, usage=usage_of(9, 1)),
        "model": "fake:m",
        "prompt_text": "hi",
        "cost": 0.0,
        **changes,
    }
    return RactoResult(text, **given)


def test_it_is_shown_as_html_and_as_text():
    shown = result()._repr_mimebundle_()
    assert "<strong>one</strong>" in shown["text/html"]
    assert shown["text/plain"] == repr(result()) == "**one**\n\n— fake:m · 9 + 1 tokens · 0.0 s · free, on this machine · fresh"


def test_its_string_is_the_text():
    assert str(result()) == "**one**"


def test_json_is_shown_as_code():
    assert "<pre>" in result('{"a": 1}', code="json")._repr_mimebundle_()["text/html"]


def test_an_incomplete_answer_says_so_whenever_it_is_shown():
    assert "— incomplete · fake:m" in repr(result(complete=False, warning="incomplete"))


def test_a_hostile_answer_is_harmless_in_every_form():
    shown = result("<script>1</script>\x1b[31m")._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "\x1b" not in "".join(shown.values())


def test_without_a_frame_df_says_how_to_get_one():
    with pytest.raises(UsageError, match="--df"):
        _ = result().df


def test_the_frame_is_df():
    assert result(frame=[1]).df == [1]


@pytest.mark.parametrize("kept", [lambda value: pickle.loads(pickle.dumps(value)), copy.deepcopy, copy.copy])
def test_it_can_be_kept(kept):
    back = kept(result())
    assert (back.text, back.response, back.footer) == (result().text, result().response, result().footer)


def test_results_with_frames_can_be_compared():
    one, other = (result(frame=pd.DataFrame({"a": [1, 2]}), text=text) for text in ("one", "other"))
    assert one in [other, one]
    assert one != other


def test_where_nothing_came_the_footer_speaks_of_no_price():
    nothing = RactoResult("", LLMResponse(finish_reason=FinishReason.ERROR), "ollama:llama3.2", "", cost=0.0, complete=False)

    assert nothing.footer == "ollama:llama3.2 · 0.0 s"
