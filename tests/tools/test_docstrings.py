"""What is read from docstrings of three styles, and that nothing breaks on any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.tools import ToolRegistry
from racto_nb.tools.docstrings import Docstring, parsed

REST = """Find trains
    between cities.

    The longer story.

    :param str start: Where they leave,
        and from which platform.
    :param end: Where they arrive: a city.
    :type end: str
    :keyword limit: How many.
    :returns: The trains.
    :raises ValueError: Never.
    """
REST_AT_ONCE = """Find trains between cities.
    :param start: Where they leave, and from which platform.
    :param end: Where they arrive: a city.
    :param limit:
        How many.
    """
GOOGLE = """Find trains
    between cities.

    Args:
        start (str): Where they leave,
            and from which platform.
        end: Where they arrive: a city.
        limit (int, optional):
            How many.

    Returns:
        list: The trains.

    Raises:
        other: Not a parameter.
    """
GOOGLE_OUTDENTED = """
    Find trains between cities.

    Arguments:
      start: Where they leave,
        and from which platform.

      end: Where they arrive: a city.
    Keyword Args:
      limit: How many.
    Example:
      other: Not a parameter.
    """
NUMPY = """
    Find trains
    between cities.

    Parameters
    ----------
    start : str
        Where they leave,
        and from which platform.
    end
        Where they arrive: a city.

    Other Parameters
    ----------------
    limit : {1, 2}, optional
        How many.

    Returns
    -------
    other : list
        Not a parameter.
    """
EXPECTED = Docstring(
    "Find trains between cities.",
    {"start": "Where they leave, and from which platform.", "end": "Where they arrive: a city.", "limit": "How many."},
)
STYLES = {"rest": REST, "rest at once": REST_AT_ONCE, "google": GOOGLE, "google outdented": GOOGLE_OUTDENTED, "numpy": NUMPY}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_every_style_says_the_same(text: str):
    assert parsed(text) == EXPECTED


@pytest.mark.parametrize("text", [None, "", "\n  \n"])
def test_no_docstring_says_nothing(text: str | None):
    assert parsed(text) == Docstring()


def test_numpy_names_that_share_a_text_both_get_it():
    text = "Add.\n\nParameters\n----------\na, b : int\n    A number.\n*rest\n    More.\n"
    assert parsed(text).parameters == {"a": "A number.", "b": "A number.", "rest": "More."}


@pytest.mark.parametrize(
    "text",
    [
        "F.\n\n:param \\*\\*kwargs: Options.",
        "F.\n\nArgs:\n    **kwargs: Options.",
        "F.\n\nParameters\n----------\n**kwargs\n    Options.",
    ],
)
def test_stars_are_no_part_of_a_name(text: str):
    assert parsed(text).parameters == {"kwargs": "Options."}


def test_attributes_of_a_class_are_read():
    assert parsed("A place.\n\nAttributes:\n    name: Its name.").parameters == {"name": "Its name."}


def test_a_colon_in_the_summary_begins_nothing():
    text = "Note: this counts, and x: that too.\nGoes on: here."
    assert parsed(text) == Docstring("Note: this counts, and x: that too. Goes on: here.")


def test_a_type_in_brackets_inside_brackets_is_passed_over():
    text = "F.\n\nArgs:\n    x (dict[str, tuple(int)]): An x."
    assert parsed(text).parameters == {"x": "An x."}


def test_a_paragraph_after_the_fields_belongs_to_none():
    text = "F.\n\n:param x: An x.\n\nThe end."
    assert parsed(text).parameters == {"x": "An x."}


def test_what_is_no_parameter_is_not_told():
    def f(start: str, *rest: str):
        """Find.

        :param start: Where.
        :param rest: More.
        :param gone: Removed long ago.
        """

    told = {each.name: each.description for each in ToolRegistry([f]).schemas[0].parameters}
    assert told == {"start": "Where.", "rest": "More."}


NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True).filter(lambda name: name.strip("_"))
WORDS = st.from_regex(r"[A-Za-z0-9,;()'éß-]{1,9}", fullmatch=True).filter(lambda word: set(word) - set("-"))
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join)


def _wrapped(text: str, indent: str) -> str:
    words = text.split()
    return f"\n{indent}".join(" ".join(words[place : place + 3]) for place in range(0, len(words), 3))


def _rest(summary: str, told: dict[str, str]) -> str:
    return f"{summary}.\n\n" + "\n".join(f":param {name}: {_wrapped(text, '    ')}" for name, text in told.items())


def _google(summary: str, told: dict[str, str]) -> str:
    return f"{summary}.\n\nArgs:\n" + "\n".join(f"    {name} (int): {_wrapped(text, ' ' * 8)}" for name, text in told.items())


def _numpy(summary: str, told: dict[str, str]) -> str:
    lines = "\n".join(f"{name} : int\n    {_wrapped(text, '    ')}" for name, text in told.items())
    return f"{summary}.\n\nParameters\n----------\n{lines}"


@given(TEXTS, st.dictionaries(NAMES, TEXTS, min_size=1, max_size=5), st.sampled_from([_rest, _google, _numpy]), st.integers(0, 8))
def test_what_is_written_in_a_style_is_read_back(summary, told, style, indent):
    text = style(summary, told).replace("\n", "\n" + " " * indent)
    assert parsed(text) == Docstring(f"{summary}.", told)


@given(st.text(st.sampled_from(list("ab:@*-=() \n\t,.\\é")) | st.characters(), max_size=200))
def test_no_text_breaks_it(text):
    read = parsed(text)
    assert "\n" not in read.summary
    assert all(name.strip() and said.strip() and "\n" not in said for name, said in read.parameters.items())


@given(
    st.lists(
        st.sampled_from(["Args:", "  x: y", "x : int", "-----", ":param x: y", "Parameters", "", "    z", "Returns:"]),
        max_size=12,
    )
)
def test_no_mixture_of_styles_breaks_it(lines):
    read = parsed("\n".join(lines))
    assert set(read.parameters) <= {"x", "z", "Args", "Parameters", "Returns"}
