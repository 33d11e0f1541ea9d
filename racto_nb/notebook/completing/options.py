"""What fits at the end of a half-written line of options, and behind a verb of `%racto`. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from racto_nb.notebook.completing.cursor import Word, open_expression, words_of
from racto_nb.notebook.completing.expressions import expression_offers
from racto_nb.notebook.completing.looking import holding, tools_in
from racto_nb.notebook.completing.offers import Offer, Offers
from racto_nb.notebook.completing.pipelines import asked_offers, column_offers, frame_offers
from racto_nb.notebook.completing.retrieving import filter_offers, rag_offers
from racto_nb.notebook.magics.option_table import COST_WORDS, MCP_VERBS, RAG_TABLE, TABLE, Row
from racto_nb.notebook.magics.pipeline_tables import CLASSIFY_TABLE, SQL_TABLE
from racto_nb.notebook.magics.verbs import CACHE_VERBS
from racto_nb.replay.blocks import MODES

_FORMATS = ("json", "text", "markdown")
_RENDERED = ("TEXT", "FORMAT")
"""The metavars of the options whose texts may hold `{{expressions}}`."""
_INNER_QUOTES = {'"': "'", "'": '"'}
_RESULTS = (
    ("racto_nb.notebook.magics.result", "RactoResult"),
    ("racto_nb.notebook.magics.pending", "PendingAnswer"),
    ("racto_nb.notebook.magics.answers", "Answers"),
)
_FILES = (("racto_nb.prompts.files", "RactoFile"), ("pathlib", "Path"), ("builtins", "bytes"), ("builtins", "bytearray"))
_ALL = "all"
"""The word behind `%racto models` that lists the models that are shut down too."""
_RAG = "rag"
_ABOUT = {"dataset": ("racto_nb.finetune.dataset", "RactoDataset"), "prompt": ("racto_nb.prompts.engine", "RactoPrompt")}
"""The classes whose instances verbs are about."""
_CLIENTS = (("racto_nb.mcp.client", "RactoMCPClient"), ("racto_nb.mcp.multi", "MCPMultiClient"))
_SERVERS = (("racto_nb.mcp.server", "RactoMCPServer"), ("racto_nb.tools.registry", "ToolRegistry"))
_OF_MCP = {
    "list": (*_CLIENTS, *_SERVERS),
    "call": _CLIENTS,
    "serve": _SERVERS,
    "stop": (("racto_nb.mcp.serving", "ServedMCP"),),
}
_CELLS: Mapping[str, Sequence[Row]] = {_RAG: RAG_TABLE, "sql": SQL_TABLE, "classify": CLASSIFY_TABLE}
"""What may stand first on the line of a cell, with the options behind it."""
_KIT = ("racto_nb.kits.kit", "DeveloperKit")


@dataclass(frozen=True, slots=True)
class Known:
    """What can be offered: the notebook's variables, without those IPython hides, and where longer lists come from."""

    namespace: Mapping[str, Any]
    hidden: Mapping[str, Any]
    models: Callable[[], Iterable[str]]
    providers: Callable[[], Iterable[str]]
    conversations: Callable[[], Iterable[str]]
    paths: Callable[[str], Iterable[str]] = lambda _: ()


def option_offers(line: str, after: str, known: Known) -> Offers:
    """What TAB offers at the end of the options `line`; `after` is what stands behind the cursor."""
    *earlier, current = words_of(line)
    cell = earlier[0].text if earlier and earlier[0].text in _CELLS else ""
    if cell and len(earlier) == 1 and not current.text.startswith("-"):
        return Offers.of(current.text, asked_offers(cell, known.namespace, current.text, known.paths))
    rows = _CELLS.get(cell, TABLE)
    table = _by_flag(rows)
    flag = _waiting(earlier, table)
    start = current.start
    if current.text.startswith("--") and "=" in current.text:
        flag, start = current.text.partition("=")[0], start + line[start:].index("=") + 1
    elif flag is not None and current.text.startswith("-") and "nargs" in table[flag]:
        flag = None
    if flag is None and line[start:] != current.text:  # an option in quotes
        return Offers("")
    if flag is None:
        return _flag_offers(current, [word.text for word in earlier], after.split(), rows)
    how = table.get(flag)
    if how is None or how.get("action") == "store_true":
        return Offers("")
    source = open_expression(line[start:]) if how.get("metavar") in _RENDERED else None
    if source is not None:
        return expression_offers(source, known.namespace, known.hidden, quotes=_INNER_QUOTES.get(current.quote, ""))
    return _value_offers(flag, how, _Written(line[start:], current), known)


def verb_offers(line: str, verbs: Iterable[str], known: Known) -> Offers:
    """What TAB offers behind `%racto`: its `verbs`, then what the verb is about."""
    verb, space, rest = line.partition(" ")
    if not space:
        return Offers.of(verb, [Offer(name, "keyword") for name in verbs if name.startswith(verb)])
    if verb == "classify":  # the line takes what the cell takes
        return option_offers(f"{verb} {rest.lstrip()}", "", known)
    return rag_offers(rest, known.namespace, known.paths) if verb == _RAG else _behind_verb(verb, rest, known)


def _behind_verb(verb: str, rest: str, known: Known) -> Offers:
    written = rest.lstrip()
    match verb:
        case "use" | "chat" | "sql":
            found = _models(written, known) if verb != "sql" else asked_offers(verb, known.namespace, written, known.paths)
        case "models":
            first = [*known.providers(), _ALL] if " " not in written else [f"{name} {_ALL}" for name in known.providers()]
            found = [Offer(name, "text") for name in first]
        case "cost":
            given = words_of(rest)[:-1]
            found = [Offer(name, "keyword") for name in COST_WORDS if name not in {word.text for word in given}]
            written = words_of(rest)[-1].text
        case "history" | "reset":
            found = [Offer(name, "text") for name in known.conversations()]
        case "dataset" | "prompt" | "mcp":
            found = _of_mcp(written, known) if verb == "mcp" else _named(verb, written, known)
        case "replay":
            found = _replaying(written, known)
        case "budget" | "cache" | "doctor":
            words = {"cache": tuple(CACHE_VERBS), "doctor": ("--services",)}.get(verb, ("off",))
            found = [Offer(name, "keyword") for name in words]
        case _:
            return Offers("")
    return Offers.of(written, [offer for offer in found if _begins(offer.text, written)])


def _named(verb: str, written: str, known: Known) -> list[Offer]:
    """The variables that `verb` is about; those that are edited stand behind `edit` too."""
    names = holding(known.namespace, *_ABOUT[verb])
    if verb == "dataset" and written.startswith("edit "):
        return [Offer(f"edit {name}", "instance") for name in names]
    return [Offer("edit", "keyword")] * (verb == "dataset") + [Offer(name, "instance") for name in names]


def _of_mcp(written: str, known: Known) -> list[Offer]:
    """The verbs of `mcp`, and behind one of them the variables that it is about."""
    verb, space, _ = written.partition(" ")
    if not space:
        return [Offer(name, "keyword") for name in MCP_VERBS]
    names = {name for kind in _OF_MCP.get(verb, ()) for name in holding(known.namespace, *kind)}
    return [Offer(f"{verb} {name}", "instance") for name in sorted(names)]


def _replaying(written: str, known: Known) -> list[Offer]:
    """The modes, and behind one of them the files."""
    mode, space, file = written.partition(" ")
    if not space:
        return [Offer(name, "keyword") for name in MODES]
    return [Offer(f"{mode} {path}", "path") for path in known.paths(file.lstrip())]


@dataclass(frozen=True, slots=True)
class _Written:
    """The value that is being written: `raw` as it stands in the line, and the `word` it is the end of."""

    raw: str
    word: Word

    @property
    def text(self) -> str:
        """Without quotes."""
        return words_of(self.raw)[-1].text

    @property
    def is_plain_in_quotes(self) -> bool:
        """Whether an open quote stands before it and nothing in it is escaped: then that quote can stay as it is."""
        return self.word.quote != "" and self.raw == self.word.quote + self.text

    @property
    def fragment(self) -> str:
        """What is replaced."""
        return self.text if self.is_plain_in_quotes else self.raw

    def replaced_by(self, value: str) -> str | None:
        """`value` as it must be written in this place; None where this quote cannot hold it."""
        if not self.is_plain_in_quotes:
            return value if _is_one_word(value) else f'"{_escaped(value)}"'
        if self.word.quote == "'":
            return None if "'" in value else value
        return _escaped(value)


def _is_one_word(value: str) -> bool:
    """Whether `value` can stand without quotes. Unlike in a shell, `~` and `*` are letters here."""
    try:
        return shlex.split(value) == [value]
    except ValueError:
        return False


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _waiting(words: Iterable[Word], table: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The option whose value comes next, if one does."""
    flag = None
    for word in words:
        is_value = flag is not None and not (word.text.startswith("-") and "nargs" in table[flag])
        flag = word.text if not is_value and _takes_value(table.get(word.text)) else None
    return flag


def _by_flag(table: Iterable[Row]) -> dict[str, dict[str, Any]]:
    return {flag: how for flags, how in table for flag in flags}


def _takes_value(how: Mapping[str, Any] | None) -> bool:
    return how is not None and how.get("action") != "store_true"


def _flag_offers(word: Word, before: Sequence[str], after: Iterable[str], table: Iterable[Row]) -> Offers:
    """The options that can still be given: all that were not, and those that may be given several times.

    The first word may say which kind of cell it is too.
    """
    cells = [] if before or word.quote else [Offer(name, "keyword") for name in _CELLS if name.startswith(word.text)]
    if word.quote or (word.text and not word.text.startswith("-")):
        return Offers.of(word.text, cells)
    given = {other.partition("=")[0] for other in (*before, *after)}
    free = [flags for flags, how in table if how.get("action") == "append" or not given & set(flags)]
    wanted = "--" if not word.text else word.text
    found = [Offer(flag, "param") for flags in free for flag in flags if flag.startswith(wanted)]
    return Offers.of(word.text, [*found, *cells])


def _value_offers(flag: str, how: Mapping[str, Any], written: _Written, known: Known) -> Offers:
    offers: list[Offer] = []
    for offer in _values(flag, how, written.text, known):
        text = written.replaced_by(offer.text) if _begins(offer.text, written.text) else None
        offers += [] if text is None else [Offer(text, offer.kind)]
    return Offers.of(written.fragment, offers)


def _begins(value: str, written: str) -> bool:
    """Whether `value` begins as it was `written`. The name of a model may be written without its provider."""
    return value.startswith(written) or (written != "" and value.partition(":")[2].startswith(written))


def _values(flag: str, how: Mapping[str, Any], written: str, known: Known) -> list[Offer]:
    match flag:
        case "-m" | "--model":
            return _models(written, known)
        case "--history":
            return [Offer(name, "text") for name in known.conversations()]
        case "-o" | "--into":
            return [found for module, kind in _RESULTS for found in _holding(known, module, kind, "")]
        case _ if "choices" in how:
            return [Offer(choice, "keyword") for choice in how["choices"]]
        case _:
            return _inputs(flag, written, known)


def _inputs(flag: str, written: str, known: Known) -> list[Offer]:
    """What a question is made of: prompts, classes, files, tools."""
    match flag:
        case "-p" | "--prompt":
            return _holding(known, "racto_nb.prompts.engine", "RactoPrompt", written)
        case "--as":
            return _classes(known, written)
        case "--output":
            return [*(Offer(name, "keyword") for name in _FORMATS), *_classes(known, written)]
        case "-f" | "--filter" | "--frame" | "--column" | "--truth":
            offers = {"--frame": frame_offers, "--column": column_offers, "--truth": column_offers}
            return offers.get(flag, filter_offers)(known.namespace)
        case "--attach":
            variables = [found for kind in _FILES for found in _holding(known, *kind, "")]
            return [*variables, *(Offer(path, "text") for path in known.paths(written))]
        case "--tools":
            found = [Offer(name, "instance") for name in tools_in(known.namespace, written)]
            classes = _classes(known, written)
            free = [offer for offer in found if offer.text not in {item.text for item in classes} | {*known.hidden}]
            return [*free, *classes]
        case _:
            return []


def _models(written: str, known: Known) -> list[Offer]:
    kits = _holding(known, *_KIT, "" if ":" in written else written)
    return [*kits, *(Offer(name, "text") for name in known.models())]


def _classes(known: Known, written: str) -> list[Offer]:
    return [Offer(name, "class") for name in holding(known.namespace, "pydantic", "BaseModel", classes=True, prefix=written)]


def _holding(known: Known, module: str, name: str, written: str) -> list[Offer]:
    return [Offer(found, "instance") for found in holding(known.namespace, module, name, prefix=written)]
