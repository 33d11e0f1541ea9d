"""Cleaning never takes words away; lemmas come without a download; pipelines say what they do not take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError, WrongTypeError
from racto_nb.rag.processors import BaseProcessor, Lemmatizer, ProcessingPipeline, TextCleaner
from racto_nb.testing import forbid_network


@pytest.mark.parametrize(
    "text",
    [
        "if x < 5 and y > 3",
        "a <b and c> d",
        "List<int> and Map<String, List<Object>> and Ref<Data> and List<T>",
        "read from <stdin> to <stdout>",
        "Ada <ada@example.org> wrote",
        "see <https://example.org/a?b=c>",
        "1<2>3",
        "x <- y -> z <= w >= v <> u",
        "vector<int> v; std::map<std::string, int> m; #include <vector>",
        "<my-tag> and <x> and <!not a comment>",
        "5 &lt; 6 &amp; 7",
        "an open <b and nothing more",
        "10² m² ½",
    ],
)
def test_what_is_no_markup_stays(text):
    assert TextCleaner().process(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("<p>one</p><p>two <b>three</b>fold</p>", "one\ntwo threefold"),
        ("a<br/>b<BR>c", "a\nb\nc"),
        ("<a href=\"x > y\" title='<b>'>link</a>", "link"),
        ("<input disabled value=1> <td nowrap>", ""),
        ("x <!-- a < b > <i>c</i> --> y", "x y"),
        ("<!DOCTYPE html><html><body>z</body></html>", "z"),
        ("<<b>b>x", "x"),
        ("<!-<b>- c -->d", "d"),
    ],
)
def test_markup_goes(text, clean):
    assert TextCleaner().process(text) == clean


def test_each_step_can_be_left_out():
    text = "e\u0301\u200b  <b>x</b> \n\n\n y"

    assert TextCleaner().process(text) == "é x\n\ny"
    assert TextCleaner(normalize_unicode=False).process(text) == "e\u0301 x\n\ny"
    assert TextCleaner(strip_html=False).process(text) == "é <b>x</b>\n\ny"
    assert TextCleaner(strip_control_chars=False).process(text) == "é\u200b x\n\ny"
    assert TextCleaner(collapse_whitespace=False).process(text) == "é  x \n\n y"
    assert TextCleaner(collapse_blank_lines=False).process(text) == "é x\n\n\ny"
    assert TextCleaner(False, False, False, False, False).process(text) == text


def test_invisible_characters_go_and_joiners_stay():
    assert TextCleaner().process("a\x00b\x07\xadc\ufeff\u202ed\r\ne\x0cf") == "abcd\ne\nf"
    assert TextCleaner().process("\u0645\u06cc\u200c\u062e 👩\u200d💻 ﬁne") == "\u0645\u06cc\u200c\u062e 👩\u200d💻 fine"


MARKUP = st.text(alphabet=st.sampled_from(list("<>/!-b ip=\"'\n\t é\u0301\u0338\u00b4x")), max_size=60)


@given(MARKUP | st.text(), st.tuples(*[st.booleans()] * 5))
def test_what_was_cleaned_is_not_changed_by_cleaning_again(text, steps):
    cleaner = TextCleaner(*steps)
    once = cleaner.process(text)

    assert cleaner.process(once) == once


@given(st.lists(st.sampled_from(["x", "<", ">", " ", "5", "int", "a@b"]), max_size=40).map("".join))
def test_without_names_of_elements_nothing_but_spaces_goes(text):
    assert "".join(TextCleaner().process(text).split()) == "".join(text.split())


@pytest.mark.parametrize("piece", ["<", ">", "<b", "<!--", "-->", '<a x="', "<b <", "<b>", "</p>", "\n ", " ", "<a x='>", "<p"])
def test_a_megabyte_of_any_sign_is_no_trouble(piece):
    text = piece * (1_000_000 // len(piece))  # a time that grew with the square would run into the limit of the tests
    once = TextCleaner().process(text)

    assert TextCleaner().process(once) == once


def test_words_get_their_dictionary_form_without_a_download():
    with forbid_network():
        assert Lemmatizer().process("The mice were running. Fields: better!") == "the mouse be run field: good"


def test_other_languages_and_nouns_alone():
    assert Lemmatizer(language="de").process("Die Häuser standen") == "der haus stehen"
    assert Lemmatizer(use_pos_tagging=False).process("Running through the fields") == "running through the field"


def test_numbers_signs_and_places_of_words_stay():
    assert Lemmatizer().process("Version 3.10, e.g. (files)\n\nnext") == "version 3.10, e.g (file)\n\nnext"


def test_an_unknown_language_is_refused():
    for language in ("", None):
        with pytest.raises(UsageError, match="code such as"):
            Lemmatizer(language=language)
    with pytest.raises(UsageError, match="no language 'xx'"):
        Lemmatizer(language="xx").process("words")


class Loud(BaseProcessor):
    def process(self, text):
        return text.upper()


def test_a_pipeline_runs_its_steps_in_order_and_is_a_step_itself():
    inner = ProcessingPipeline([TextCleaner(), Loud()])

    assert inner.process(" a  b ") == "A B"
    assert ProcessingPipeline([inner, Lemmatizer()]).process(" a  fields ") == "a field"


def test_the_line_of_the_documents():
    pipeline = ProcessingPipeline([TextCleaner(), Lemmatizer()])

    assert pipeline.process("  Running   quickly through the fields...  ") == "run quickly through the field"


@pytest.mark.parametrize("steps", [[str.upper], [TextCleaner], [TextCleaner(), "x"], "abc", None, TextCleaner()])
def test_what_is_no_processor_is_refused(steps):
    with pytest.raises(WrongTypeError):
        ProcessingPipeline(steps)


def test_an_empty_pipeline_is_refused():
    with pytest.raises(UsageError, match="at least one"):
        ProcessingPipeline([])
