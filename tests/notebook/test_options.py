"""Reading the `%%racto` line: every option, every way to get one wrong."""

import contextlib
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from racto_nb.exceptions import UsageError
from racto_nb.notebook.magics.option_table import INGEST_TABLE, RAG_TABLE
from racto_nb.notebook.magics.options import RESERVED, TABLE, Options, option_names, read_options
from racto_nb.notebook.magics.pipeline_tables import CLASSIFY_TABLE, SQL_TABLE
from racto_nb.notebook.magics.racto import RactoMagics


def test_an_empty_line_gives_the_defaults():
    assert read_options("") == read_options("   ") == Options()


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("--model embedded:x", "model", ["embedded:x"]),
        ("-m a --model b -m c", "model", ["a", "b", "c"]),
        ("--attach a.pdf --attach 'my b.png'", "attach", ["a.pdf", "my b.png"]),
        ("--tools a --tools b", "tools", ["a", "b"]),
        ("--tools a --max-tool-turns 10", "max_tool_turns", 10),
        ("--cot", "cot", True),
        ("-m embedded:x", "model", ["embedded:x"]),
        ("--model=embedded:x", "model", ["embedded:x"]),
        ("-membedded:x", "model", ["embedded:x"]),
        ("--prompt poet", "prompt", "poet"),
        ("-p poet", "prompt", "poet"),
        ('--role "You are an editor."', "role", "You are an editor."),
        ("--role 'You are an editor.'", "role", "You are an editor."),
        ('--role "You\'re kind"', "role", "You're kind"),
        (r"--role You\'re", "role", "You're"),
        ('--role="a = b"', "role", "a = b"),
        ('--role "- first do this"', "role", "- first do this"),
        ("--role Größe", "role", "Größe"),
        ("--role '{{who}} # not a comment'", "role", "{{who}} # not a comment"),
        ("--aim Count", "aim", "Count"),
        ("--constraint a --constraint 'b c'", "constraint", ["a", "b c"]),
        ("--tone dry", "tone", "dry"),
        ("--output json", "output", "json"),
        ("--system 'Be brief.'", "system", "Be brief."),
        ("--json", "json", True),
        ("--as Person", "as_model", "Person"),
        ("--into answer", "into", "answer"),
        ("-o answer", "into", "answer"),
        ("--df", "df", "auto"),
        ("--df polars", "df", "polars"),
        ("--df=pandas", "df", "pandas"),
        ("--df --quiet", "df", "auto"),
        ("--df -q", "df", "auto"),
        ("--temperature 0.5", "temperature", 0.5),
        ("-t 0", "temperature", 0.0),
        ("-t2", "temperature", 2.0),
        ("--max-tokens 7", "max_tokens", 7),
        ("--seed 0", "seed", 0),
        ("--seed 4", "seed", 4),
        ("--timeout 1.5", "timeout", 1.5),
        ("--history chat", "history", "chat"),
        ("--history chat --new", "new", True),
        ("--no-stream", "no_stream", True),
        ("--quiet", "quiet", True),
        ("-q", "quiet", True),
        ("--max-cost 0.05", "max_cost", 0.05),
        ("--dry-run", "dry_run", True),
    ],
)
def test_each_option_is_read(line, field, value):
    assert getattr(read_options(line), field) == value


def test_options_do_not_leak_from_one_line_to_the_next():
    read_options("--constraint a")
    assert read_options("").constraint == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--modle x", "There is no option '--modle'. Did you mean '--model'"),
        ("--temprature=1", "There is no option '--temprature'. Did you mean '--temperature'"),
        ("--mod x", "There is no option '--mod'.*--model"),
        ("--temp 1", "There is no option '--temp'.*--temperature"),
        ("-model x", "There is no option '-model'. Did you mean '--model', with two dashes"),
        ("-as Person", "There is no option '-as'. Did you mean '--as'"),
        ("-z", "There is no option '-z'"),
        ("What is this", "a word that belongs to no option: 'What'.*cell's body"),
        ("--json Hello", "a word that belongs to no option: 'Hello'"),
        ("--role You are kind", "a word that belongs to no option: 'are'.*quotes"),
        ("--role You're kind", "cannot be read.*double quotes"),
        ('--role "open', "cannot be read"),
        ("--model", "--model: expected one argument"),
        ("--as --df", "--as: expected one argument"),
        ("--constraint", "--constraint: expected one argument"),
        ("--json=yes", "--json: ignored explicit argument 'yes'"),
        ("--df plars", "(?s)--df: invalid choice: 'plars'.*polars"),
        ("--df --plars", "no option '--plars'"),
        ("--temperature hot", "invalid float value: 'hot'"),
        ("--temperature 2.1", "between 0 and 2, not 2.1"),
        ("--temperature -1", "between 0 and 2, not -1"),
        ("--temperature nan", "between 0 and 2, not nan"),
        ("--max-tokens 1.5", "invalid int value: '1.5'"),
        ("--max-tokens 0", "between 1 and 10,000,000, not 0"),
        ("--seed -1", "--seed is between 0 and"),
        ("--seed x", "invalid int value"),
        ("--timeout 0", "above 0, not 0"),
        ("--timeout -3", "above 0"),
        ("--timeout nan", "above 0, not nan"),
        ("--timeout inf", "above 0, not inf"),
        ("--into 'two words'", "name of a variable, not 'two words'"),
        ("--into class", "name of a variable, not 'class'"),
        ("--into a.b", "name of a variable"),
        ("--system x --role y", "--system and --role are two ways"),
        ("--system x --constraint y", "--system and --constraint are two ways"),
        ("--system x --prompt y", "--system and --prompt are two ways"),
        ("--output json --json", "both say what the answer looks like"),
        ("--output text --as Person", "both say what the answer looks like"),
        ("--output text --df", "both say what the answer looks like"),
        ("--new", "--history NAME says which"),
        ("--atach x", "no option '--atach'.*'--attach'"),
        ("--tool x", "no option '--tool'.*'--tools'"),
        ("--tools", "--tools: expected one argument"),
        ("--max-tool-turns 3", "--max-tool-turns is about --tools"),
        ("--tools x --max-tool-turns 0", "between 1 and 10, not 0"),
        ("--tools x --max-tool-turns 11", "between 1 and 10, not 11"),
        ("--cot --json", "--cot writes its steps into the answer"),
        ("--cot --as Person", "--cot writes its steps into the answer"),
        ("--cot --df", "--cot writes its steps into the answer"),
        ("--cot --thinking", "two ways to reason first"),
        ("-m a -m a", "--model a is given twice"),
        ("--model a,b", "one by one: --model a --model b"),
        ("-m a -m b --history talk", "--history is one conversation"),
        ("-m a -m b -b -o x", "--background is for one model"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(line, message):
    with pytest.raises(UsageError, match=message):
        read_options(line)


@pytest.mark.parametrize(
    "name",
    [
        "--model",
        "--prompt",
        "--role",
        "--aim",
        "--constraint",
        "--tone",
        "--output",
        "--system",
        "--as",
        "--into",
        "--history",
        "--attach",
        "--tools",
    ],
)
def test_an_empty_text_is_never_taken_for_an_option_not_given(name):
    with pytest.raises(UsageError, match=f"{name} has an empty text"):
        read_options(f'{name} ""')
    with pytest.raises(UsageError, match=f"{name} has an empty text"):
        read_options(f'{name}="  "')


@pytest.mark.parametrize("word", RESERVED)
def test_a_reserved_first_word_is_refused(word):
    with pytest.raises(UsageError, match=f"%racto {word} NAME"):
        read_options(f"{word} --json")


def test_a_reserved_word_is_free_as_a_value():
    assert read_options("--history sql").history == "sql"


def test_json_may_stand_beside_as_and_df():
    options = read_options("--json --as Person --df")
    assert (options.json, options.as_model, options.df) == (True, "Person", "auto")


def _field(flags, how):
    return how.get("dest", flags[-1].removeprefix("--").replace("-", "_"))


def test_the_table_and_the_fields_of_options_agree():
    assert [_field(flags, how) for flags, how in TABLE] == [item.name for item in fields(Options)]
    assert option_names() == [flags[-1] for flags, _ in TABLE]


def test_every_option_of_the_spec_exists():
    spec = (
        "--model --prompt --role --aim --constraint --tone --output --system --json --as --into --df --temperature --max-tokens "
        "--attach --tools --max-tool-turns --cot --seed --timeout --thinking --history --new --cache --fresh --background --no-stream --quiet --max-cost --dry-run"
    )
    assert set(option_names()) == set(spec.split())


def test_the_help_shows_each_option_with_its_help():
    shown = RactoMagics.racto.__doc__ or ""
    own, _, rest = shown.partition("%%racto rag NAME")
    of_rag, _, rest = rest.partition("%racto rag ingest")
    of_ingest, _, rest = rest.partition("%%racto sql SOURCE")
    of_sql, _, of_classify = rest.partition("%%racto classify NAME")
    tables = (TABLE, RAG_TABLE, INGEST_TABLE, SQL_TABLE, CLASSIFY_TABLE)
    for text, table in zip((own, of_rag, of_ingest, of_sql, of_classify), tables, strict=True):
        for flags, how in table:
            lines = [line for line in text.splitlines() if line.strip().split(",")[0].split(" ")[0] == flags[0]]
            assert len(lines) == 1, flags
            assert all(flag in lines[0] for flag in flags)
            assert lines[0].endswith(how["help"])
    assert "OPTIONS" not in shown


@given(st.text())
def test_any_line_is_read_or_refused_with_a_usage_error(line):
    with contextlib.suppress(UsageError):
        assert isinstance(read_options(line), Options)


@pytest.mark.parametrize(("line", "budget"), [("", None), ("--thinking", 10_000), ("--thinking 2000", 2000), ("--thinking=1", 1)])
def test_thinking_is_asked_for_with_a_budget_or_without(line: str, budget: int | None):
    assert read_options(line).thinking == budget


@pytest.mark.parametrize("budget", ["0", "-1", "100000000"])
def test_a_budget_for_thinking_that_is_none_is_refused(budget: str):
    with pytest.raises(UsageError, match="--thinking is between 1 and 10,000,000 tokens"):
        read_options(f"--thinking={budget}")
