"""Numbers of an answer, looked up in the rows: found, computed, or flagged; the text stays as it is."""

from datetime import date

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from racto_nb.pipelines.sql_analyst.answering import checked_numbers

SALES = pl.DataFrame(
    {
        "city": ["Oslo", "Rome", "Pier 39"],
        "sales": [1234.5, 800.0, 400.25],
        "growth": [0.123, -0.05, 0.2],
        "orders": [120, 310, 70],
        "day": [date(2024, 1, 5), date(2024, 2, 5), date(2024, 3, 5)],
    }
)


def flagged(text, frame=SALES, **given):
    check = checked_numbers(text, [frame], **given)
    assert all(text[each.start : each.end] == each.text for each in (*check.flagged, *check.derived))
    return [each.text for each in check.flagged]


def hows(text, frame=SALES):
    check = checked_numbers(text, [frame])
    assert check.flagged == ()
    return [each.how for each in check.derived]


@pytest.mark.parametrize(
    "written",
    [
        "1234.5", "1,234.5", "1,234.50", "1\u00a0234,5", "1 234,50", "1 234,5", "1.234,5", "1'234.5", "$1,234.50", "€1.234,50",
        "1235", "1,235", "1.2k", "1.23K", "**1,234.5**", "1,234.5 USD", "about 1,200", "~1,200", "over 1,200", "nearly 1,300",
        "1.2 thousand", "0.0012 million", "1.2345e3", "(1,234.5)", "|1,234.5|",
    ],
)  # fmt: skip
def test_a_value_is_found_however_it_is_written(written):
    check = checked_numbers(f"Oslo sold {written} in all.", [SALES])

    assert (check.found, check.flagged) == (1, ())


@pytest.mark.parametrize(
    "wrong",
    ["1234.6", "1,243.5", "1,334.5", "1.3k", "12,345", "1,236", "2.3k", "13 million", "1,210", "over 1,300", "nearly 1,200"],
)
def test_a_value_that_is_off_is_flagged(wrong):
    assert len(flagged(f"Oslo sold {wrong} altogether.")) == 1


def test_the_nearest_value_is_named():
    check = checked_numbers("Oslo sold 1,243.5.", [SALES])

    assert [(each.text, each.nearest) for each in check.flagged] == [("1,243.5", "1234.5")]


def test_fractions_are_found_as_percent_and_losses_without_their_sign():
    assert flagged("Oslo grew by 12.3 %, Rome shrank by 5%, or \u22125 percent.") == []
    assert flagged("Oslo grew by 13.3 %.") == ["13.3 %"]


def test_a_minus_that_is_not_there_is_flagged():
    assert flagged("Rome sold -800.") == ["-800"]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("There are 3 cities.", "the number of rows"),
        ("The sum is 2,434.75.", "the sum of 'sales'"),
        ("On average 811.58.", "the mean of 'sales'"),
        ("Oslo has 50.7 % of the sales.", "a share of the sum of 'sales'"),
        ("Oslo sold 434.5 more than Rome.", "the difference of two 'sales'"),
        ("Oslo sold 1.54x as much as Rome.", "the ratio of two 'sales'"),
        ("Oslo sold 54.3 % more than Rome.", "the change of two 'sales'"),
        ("Oslo and Rome together: 2,034.50.", "the sum of the first 2 'sales'"),
        ("An order in Oslo is worth 10.29, a ratio.", "the ratio of 'sales' and 'orders' in a row"),
    ],
)
def test_what_is_computed_is_named(text, how):
    assert hows(text) == [how]


def test_differences_need_a_sentence_that_compares():
    assert flagged("Oslo sold 434.5.") == ["434.5"]
    assert flagged("Rome was first. It sold 434.5. That is more.") == ["434.5"]


def test_the_head_of_a_table_says_what_its_column_is():
    table = "| city | sales | difference |\n|---|---|---|\n| Oslo | 1,234.5 | 434.5 |\n| Rome | 800 | 435.5 |"

    assert flagged(table) == ["435.5"]


@pytest.mark.parametrize(
    "text",
    [
        "1. Oslo\n2. Rome\n3. Pier 39\n",
        "- 1) Oslo",
        "Oslo is 1st, Rome the 2nd, and #3 is last.",
        "The top 2 are Oslo and Rome.",
        "See row 2 and Table 7 [4].",
        "```sql\nSELECT 42\n```\nOslo",
        "Pier 39 sold least.",
        "In Q3, 5G phones.",
    ],
)
def test_numbers_that_say_no_amount_are_left_alone(text):
    assert flagged(text) == []


def test_a_top_that_is_longer_than_the_rows_is_flagged():
    assert flagged("The top 10 cities") == ["10"]


def test_numbers_of_the_question_and_the_sql_are_no_inventions():
    assert flagged("More than 99 in 2023, limit 17.", question="Who sold over 99 in 2023?", sql="SELECT 1 LIMIT 17") == []
    assert flagged("More than 99 in 2023.") == ["99", "2023"]


@pytest.mark.parametrize(
    "text",
    ["2024-01-05", "January 5, 2024", "5 January 2024", "5.1.2024", "01/05/2024", "Jan 2024", "2024-02", "5 Feb", "in 2024"],
)
def test_days_of_the_rows_are_found(text):
    assert flagged(f"It began {text}.") == []


@pytest.mark.parametrize("text", ["2024-01-06", "January 6, 2024", "5 April 2024", "7.1.2024", "Apr 2024", "in 2022", "12:30"])
def test_other_days_are_flagged(text):
    assert flagged(f"It began {text}.") != []


def test_dates_that_are_texts_are_days_too():
    assert flagged("On 5 January 2024 at 09:30.", pl.DataFrame({"at": ["2024-01-05 09:30:00"]})) == []


def test_two_numbers_side_by_side_are_two():
    assert flagged("Pier 39 120 orders, 70 310") == []


def test_all_results_are_looked_up():
    assert checked_numbers("It is 42.", [SALES, pl.DataFrame({"x": [42]})]).flagged == ()


def test_without_numbers_everything_is_flagged_and_nothing_is_nearest():
    check = checked_numbers("It is 42.", [pl.DataFrame({"x": ["a"]})])

    assert [(each.text, each.nearest) for each in check.flagged] == [("42", None)]


_CELLS = st.one_of(
    st.integers(-10_000_000, 10_000_000),
    st.floats(-1e7, 1e7).map(lambda value: round(value, 2)),
)


def _usual_ways(value):
    comma = f"{value:,}"
    yield from (str(value), comma, f"**{comma}**", f"${comma}" if value >= 0 else comma, comma.replace("-", "\u2212"))
    if "e" not in str(value):
        swapped = comma.translate(str.maketrans(",.", ".,"))
        yield from (swapped, comma.replace(",", " "), comma.replace(",", "\u202f"), comma.replace(",", "'"))
        yield comma.translate(str.maketrans(",.", "\u00a0,"))
    yield f"{value:,.0f}"
    yield f"{value:,.1f}"
    if abs(value) >= 1000:
        yield from (f"{value / 1e3:.1f}k", f"{value / 1e6:.2f} million", f"{value / 1e6:.1f}M", f"{value:.3e}")


@given(st.lists(_CELLS, min_size=1, max_size=6), st.data())
def test_any_cell_in_any_usual_way_is_found(cells, data):
    frame = pl.DataFrame({"amount": [float(cell) for cell in cells]})
    cell = data.draw(st.sampled_from(cells))
    written = data.draw(st.sampled_from(list(_usual_ways(cell))))
    around = data.draw(st.sampled_from(["It is {}.", "{} was sold", "| a | {} |", "Sum: {}, as said.", "({})", "\n\n- {}\n"]))

    check = checked_numbers(around.format(written), [frame])

    assert check.flagged == (), written


@given(st.lists(st.integers(1000, 99_999), min_size=2, max_size=6, unique=True), st.data())
def test_a_number_with_another_digit_is_flagged(cells, data):
    frame = pl.DataFrame({"amount": cells})
    digits = list(str(data.draw(st.sampled_from(cells))))
    place = data.draw(st.integers(0, len(digits) - 1))
    digits[place] = data.draw(st.sampled_from([digit for digit in "123456789" if digit != digits[place]]))
    wrong = int("".join(digits))
    mean = sum(cells) / len(cells)
    middle = float(frame["amount"].median())
    assume(wrong not in cells and wrong != sum(cells) and abs(wrong - mean) > 0.5 and abs(wrong - middle) > 0.5)

    assert flagged(f"It sold {wrong:,}.", frame) == [f"{wrong:,}"]


@given(st.text(alphabet="0123456789.,'\u2019 -\u2212%kMxe\n|*#$()[]", max_size=60), st.lists(_CELLS, max_size=4))
def test_no_text_breaks_the_check(text, cells):
    check = checked_numbers(text, [pl.DataFrame({"amount": [float(cell) for cell in cells]})])

    assert all(text[each.start : each.end] == each.text for each in (*check.flagged, *check.derived))


def test_a_single_row_is_no_answer_where_it_holds_a_number():
    counted, named = pl.DataFrame({"n": [3]}), pl.DataFrame({"name": ["Ann"]})

    assert [each.text for each in checked_numbers("There is 1 row.", [counted]).flagged] == ["1"]
    assert checked_numbers("There are 3 rows.", [counted]).flagged == ()
    assert checked_numbers("There is 1: Ann.", [named]).flagged == ()


def test_that_there_are_no_rows_may_be_said():
    sold = pl.DataFrame({"sold": [3, 7]})
    assert checked_numbers("0 orders were found.", [sold, sold.head(0)]).flagged == ()
