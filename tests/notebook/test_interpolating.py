"""`{{expression}}`: what is inserted, what is refused, and that nothing else is touched."""

import contextlib
import os
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import TemplateError
from racto_nb.notebook.magics.interpolating import rendered, value_of

ROWS = [{"name": "Ann", "tags": ["x", "y"]}, {"name": "Tom", "tags": []}]
NAMES = {
    "name": "Ann",
    "rows": ROWS,
    "place": 1,
    "key": "name",
    "city": SimpleNamespace(name="Ulm", area=SimpleNamespace(code=89)),
    "table": {(0, "a"): "cell", 1.5: "half", None: "none", -2: "minus"},
    "_hidden": 1,
    "_racto": SimpleNamespace(text="the last answer"),
    "marked": "{{name}} and \\{{name}}",
    "client": SimpleNamespace(api_key="sk-1", auth_token="t", name="c"),
    "settings": {"api_key": "sk-1", "token": "shown"},
}


def filled(template, **more):
    return rendered(template, {**NAMES, **more}, environment={})


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("name", "Ann"),
        ("  name  ", "Ann"),
        ("city.name", "Ulm"),
        ("city.area.code", "89"),
        ("rows[0]['name']", "Ann"),
        ('rows[-1]["name"]', "Tom"),
        ("rows[place]['name']", "Tom"),
        ("rows[place][key]", "Tom"),
        ("rows[0]['tags'][1:]", '["y"]'),
        ("rows[0]['tags'][::-1]", '["y", "x"]'),
        ("rows[0]['tags'][-1:]", '["y"]'),
        ("rows[:place][0]['name']", "Ann"),
        ("table[0, 'a']", "cell"),
        ("table[1.5]", "half"),
        ("table[None]", "none"),
        ("table[-2]", "minus"),
        ("settings['token']", "shown"),
        ("_racto.text", "the last answer"),
        ("\nrows\n[0]\n['name']\n", "Ann"),
        ("name  # who", "Ann"),
        ("(name)", "Ann"),
    ],
)
def test_names_attributes_and_indexing_are_inserted(expression, text):
    assert filled("<{{" + expression + "}}>") == f"<{text}>"


@pytest.mark.parametrize(
    ("expression", "what"),
    [
        ("name.upper()", "a call"),
        ("rows[len(rows)]", "a call"),
        ("place + 1", "an operator"),
        ("-place", "an operator"),
        ("rows[-place]", "an operator"),
        ("not place", "an operator"),
        ("place == 1", "an operator"),
        ("place and name", "an operator"),
        ("1", "a literal"),
        ("'text'", "a literal"),
        ("lambda: 1", "a lambda"),
        ("f'{name}'", "an f-string"),
        ("[row for row in rows]", "a comprehension"),
        ("row for row in rows", "a comprehension"),
        (" {row for row in rows} ", "a comprehension"),
        ("x := 1", "an assignment"),
        ("await name", "await"),
        ("yield name", "yield"),
        ("name if place else key", "a condition"),
        ("name, key", "a tuple"),
        ("[name]", "a list"),
        (" {**settings} ", "a dict"),
    ],
)
def test_what_computes_is_refused_and_named(expression, what):
    with pytest.raises(TemplateError, match=f"{what} is not allowed.*compute the value in a cell above.*Nothing was sent"):
        filled("{{" + expression + "}}")


@pytest.mark.parametrize("expression", ["_hidden", "__name__", "name.__class__", "city._x", "rows.__len__", "rows[_hidden]"])
def test_names_with_a_leading_underscore_are_refused(expression):
    with pytest.raises(TemplateError, match="begins with an underscore"):
        filled("{{" + expression + "}}")


@pytest.mark.parametrize("attribute", ["gi_frame", "cr_frame", "f_globals", "tb_frame"])
def test_the_way_into_running_code_is_closed(attribute):
    with pytest.raises(TemplateError, match="leads into running code"):
        filled("{{it." + attribute + "}}", it=SimpleNamespace(**{attribute: 1}))


@pytest.mark.parametrize(
    "expression",
    ["", "  ", "a b", "name!r", "name:>10", "name;name", "*rows", "import os", "x = 1", "(", "name)", "(" * 400, "a\0", "1st"],
)
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(TemplateError, match=r"it is (not a Python expression|empty).* use \\\{\{"):
        filled("{{" + expression + "}}")


def test_an_expression_of_absurd_depth_is_refused_not_a_crash():
    with pytest.raises(TemplateError):
        filled("{{" + "a." * 20_000 + "a}}")


def test_a_missing_variable_names_the_nearest():
    with pytest.raises(TemplateError, match=r"\{\{nmae\}\}: there is no variable 'nmae'. Did you mean 'name'") as caught:
        filled("{{nmae}}")
    assert caught.value.expression == "nmae"


def test_a_missing_variable_without_a_near_name_does_not_list_the_whole_notebook():
    with pytest.raises(TemplateError, match=r"there is no variable 'zzzzzz'. Define it in a cell above. Nothing was sent"):
        filled("{{zzzzzz}}")


def test_built_in_functions_are_no_variables():
    with pytest.raises(TemplateError, match="no variable 'print'"):
        filled("{{print}}")


class Broken:
    @property
    def value(self):
        raise RuntimeError("the database is away")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("rows[7]", "IndexError"),
        ("rows[0]['nope']", "KeyError: 'nope'"),
        ("city.mayor", "AttributeError"),
        ("name['x']", "TypeError"),
        ("broken.value", "RuntimeError: the database is away"),
    ],
)
def test_a_value_that_cannot_be_read_fails_with_the_expression_and_the_reason(expression, reason):
    with pytest.raises(TemplateError) as caught:
        filled("{{" + expression + "}}", broken=Broken())
    message = str(caught.value)
    assert message.startswith("{{" + expression + "}}")
    assert reason in message
    assert caught.value.expression == expression
    assert caught.value.__cause__ is not None


def test_an_error_stays_one_short_line_whatever_lies_between_the_braces():
    with pytest.raises(TemplateError) as caught:
        filled("{{ begin\n" + "word " * 1000 + "}}")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text",
    ['{"a": {"b": {"c": 1}}}', "f'{x}'", "}} alone", "{ {name} }", "{}", "{%raw%}", "a \\{ b", "${HOME}", "{name}"],
)
def test_single_braces_are_plain_text(text):
    assert filled(text) == text


@pytest.mark.parametrize("text", ["{{ name", "{{name}", "{{", "\\{{x}} {{name", "{{name}} {{ x"])
def test_braces_that_are_never_closed_fail_the_cell(text):
    with pytest.raises(TemplateError, match=r"is not closed.*write the braces themselves, use \\\{\{"):
        filled(text)


@pytest.mark.parametrize(
    ("template", "text"),
    [(r"\{{name}}", "{{name}}"), (r"\{{", "{{"), (r"\{{{{name}}}}", "{{Ann}}"), (r"C:\\{{x", r"C:\{{x"), ("{{name}}}}", "Ann}}")],
)
def test_a_backslash_writes_the_braces_themselves(template, text):
    assert filled(template) == text


def test_inserted_text_is_not_read_again():
    assert filled("{{marked}}") == NAMES["marked"]


@pytest.mark.parametrize(
    "expression",
    ["client.api_key", "client.auth_token", "settings['api_key']", "openai_api_key", "password", "SECRETS", "db.private_key"],
)
def test_a_name_that_says_it_is_a_secret_is_refused(expression):
    with pytest.raises(TemplateError, match="names a secret"):
        filled("{{" + expression + "}}", openai_api_key="k", password="p", SECRETS="s", db=SimpleNamespace(private_key="k"))


@pytest.mark.parametrize("name", ["tokens", "max_tokens", "key", "keyboard", "secretary", "passwords_changed"])
def test_a_name_that_only_looks_like_a_secret_is_inserted(name):
    assert filled("{{" + name + "}}", **{name: "v"}) == "v"


def test_the_value_of_a_secret_environment_variable_is_refused_however_it_came_in():
    environment = {"OPENAI_API_KEY": "sk-abcdefgh\n", "HOME": "/home/ann-the-user", "MY_KEY": "short"}
    with pytest.raises(TemplateError, match="OPENAI_API_KEY") as caught:
        rendered("typed by hand: sk-abcdefgh.", {}, environment=environment)
    assert "sk-abcdefgh" not in str(caught.value)
    with pytest.raises(TemplateError, match="OPENAI_API_KEY"):
        rendered("{{x}}", {"x": ["sk-abcdefgh"]}, environment=environment)
    assert rendered("/home/ann-the-user short", {}, environment=environment) == "/home/ann-the-user short"


@pytest.mark.parametrize("name", ["GITHUB_PAT", "OPENAI_API_KEY_2", "SERVICE_PASSWORD"])
def test_more_names_of_secret_variables_are_known(name):
    with pytest.raises(TemplateError, match=name):
        rendered("it is s3cret-value", {}, environment={name: "s3cret-value"})


def test_a_password_in_an_address_is_a_secret():
    with pytest.raises(TemplateError, match="DATABASE_URL"):
        rendered("pass hunter2hunter2", {}, environment={"DATABASE_URL": "postgres://ann:hunter2hunter2@db/x"})


def test_a_word_under_a_name_that_ends_like_a_secret_is_a_word():
    assert rendered("by customer_id", {}, environment={"PARTITION_KEY": "customer_id"}) == "by customer_id"


def test_the_environment_of_the_process_is_the_default(monkeypatch):
    monkeypatch.setitem(os.environ, "RACTO_TEST_TOKEN", "hidden-value-1")
    with pytest.raises(TemplateError, match="RACTO_TEST_TOKEN"):
        rendered("hidden-value-1", {})


def test_functions_in_the_namespace_are_never_called():
    called = []
    spy = type("Spy", (), {"__call__": lambda self, *a: called.append(a)})()
    for template in ["{{spy()}}", "{{spy}}", "{{rows[spy()]}}", "{{spy().x}}", "{{f'{spy()}'}}", "{{[spy() for _ in rows]}}"]:
        with pytest.raises(TemplateError):
            filled(template, spy=spy)
    assert called == []


def test_an_expression_by_itself_is_named_without_braces():
    with pytest.raises(TemplateError, match=r"^--as Nope: there is no variable 'Nope'"):
        value_of("Nope", {}, shown="--as Nope")
    with pytest.raises(TemplateError, match=r"^'a.b' cannot be read: AttributeError"):
        value_of("a.b", {"a": 1})


@given(st.text().filter(lambda text: "{{" not in text))
def test_text_without_double_braces_comes_out_unchanged(text):
    assert rendered(text, NAMES, environment={}) == text


@given(st.text(), st.text(alphabet="ab{} \\\n"))
def test_inserted_strings_come_out_verbatim(value, around):
    edge = around.replace("{{", "")
    if edge.endswith(("\\", "{")) or "{{" in edge:
        return
    assert rendered(edge + "{{value}}" + edge, {"value": value}, environment={}) == edge + value + edge


@given(st.text(alphabet="name[]().:'0_ +{}\n\\", max_size=30))
def test_any_text_between_braces_is_inserted_or_refused_and_never_runs_code(source):
    def explode(*_):
        raise AssertionError("called")

    with contextlib.suppress(TemplateError):
        rendered("{{" + source + "}}", {"name": explode, "a": [1, 2], "m": {"n": "e"}}, environment={})
