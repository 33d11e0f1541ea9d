"""Read the signatures of the reference library from its fact sheet, as data that a test can compare with.

Run as a script, it writes `reference_facts.json` beside itself. The JSON is committed, so that the comparison needs no fact sheet.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path
from typing import Any

FACTS = Path(__file__).with_name("reference_facts.json")
SHEET = Path("spec") / "reference_api.md"

Fact = dict[str, Any]

_MODULE = re.compile(r"^#### `(?P<module>[\w.]+)`$")
_ENTRY = re.compile(r"^(?P<indent> *)- \[(?P<tag>seed|seed-detail|extra)\] `(?P<head>[^`]*)`(?P<rest>.*)$")
_CLASS = re.compile(r"^class (?P<name>\w+)\((?P<bases>[^)]*)\)$")
_MODEL = re.compile(r"^model (?P<name>\w+)$")
_ENUM = re.compile(r"^enum (?P<name>\w+)\((?P<bases>[^)]*)\)$")
_PROPERTY = re.compile(r"^(?P<name>\w+) \(property -> .*\)$")
_FUNCTION = re.compile(r"^(?:@(?P<decorator>\w+) )?(?P<colour>async )?(?:def )?(?P<name>\w+)(?P<signature>\(.*\)(?: -> .*)?)$")
_FIELD = re.compile(r"`(?P<name>\w+): (?P<type>.*?) = (?P<default>.*?)(?: \{(?P<limits>[^`]*)\})?`")
_VALUE = re.compile(r"(\w+)='([^']*)'")


def facts_in(sheet: str) -> dict[str, dict[str, Fact]]:
    """`{module: {name: fact}}` for the appendix of the fact sheet; a line that cannot be read is an error."""
    facts: dict[str, dict[str, Fact]] = {}
    names: dict[str, Fact] = {}
    owner: Fact = {}
    for line in sheet.partition("# Appendix A")[2].splitlines()[1:]:
        if opened := _MODULE.match(line):
            names = facts.setdefault(opened["module"], {})
        elif entry := _ENTRY.match(line):
            name, fact = _fact(entry["head"], entry["rest"])
            fact = {"tag": entry["tag"], **fact}
            if entry["indent"]:
                owner.setdefault("members", {})[name] = fact
            else:
                owner = names[name] = fact
        elif line.strip():
            msg = f"unreadable line in the fact sheet: {line!r}"
            raise ValueError(msg)
    return facts


def _fact(head: str, rest: str) -> tuple[str, Fact]:
    if made := _CLASS.match(head):
        signature = rest.partition("`")[2].rpartition("`")[0]
        return made["name"], {"kind": "class", "bases": _listed(made["bases"]), "parameters": parameters_in(signature)}
    if made := _MODEL.match(head):
        extra = re.search(r"\(extra=(\w+)\)", rest)
        fields = {field["name"]: _field(field) for field in _FIELD.finditer(rest)}
        _check_count(head, len(fields), rest.count("`") // 2)
        return made["name"], {"kind": "model", "extra": extra[1] if extra else None, "fields": fields}
    if made := _ENUM.match(head):
        values = dict(_VALUE.findall(rest))
        _check_count(head, len(values), rest.count("=") if rest else 0)
        return made["name"], {"kind": "enum", "bases": _listed(made["bases"]), "values": values}
    if made := _PROPERTY.match(head):
        return made["name"], {"kind": "property"}
    if made := _FUNCTION.match(head):
        kind = made["decorator"] or "function"
        return made["name"], {"kind": kind, "async": bool(made["colour"]), "parameters": parameters_in(made["signature"])}
    msg = f"unreadable entry in the fact sheet: {head!r}"
    raise ValueError(msg)


def _check_count(head: str, read: int, written: int) -> None:
    if read != written:
        msg = f"{head!r}: {written} entries stand in the fact sheet, {read} could be read"
        raise ValueError(msg)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _field(field: re.Match[str]) -> Fact:
    fact: Fact = {"default": field["default"]}
    if field["limits"]:
        fact["limits"] = field["limits"]
    return fact


def parameters_in(signature: str) -> list[Fact]:
    """`[{name, kind, default?}]` of a signature such as `(a: int, *, b: str = 'x') -> None`."""
    # An object without a literal form is shown between < and >; as a text it can be parsed, and compared.
    readable = re.sub(r"= (<[^<>]*>)", lambda shown: f"= {shown[1]!r}", signature)
    made = ast.parse(f"def f{readable}: ...").body[0]
    assert isinstance(made, ast.FunctionDef)
    given = made.args
    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    found = [_parameter(each, "positional", default) for each, default in zip(plain, defaults, strict=True)]
    if given.vararg:
        found.append(_parameter(given.vararg, "var_positional", None))
    found += [_parameter(each, "keyword", default) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    if given.kwarg:
        found.append(_parameter(given.kwarg, "var_keyword", None))
    return found


def _parameter(given: ast.arg, kind: str, default: ast.expr | None) -> Fact:
    fact: Fact = {"name": given.arg, "kind": kind}
    return fact if default is None else {**fact, "default": ast.unparse(default)}


def as_json(facts: dict[str, dict[str, Fact]]) -> str:
    """The facts as they are committed: one line for each public name."""
    modules: list[str] = []
    for module, names in facts.items():
        lines = [f"  {json.dumps(name)}: {json.dumps(fact, ensure_ascii=False)}" for name, fact in names.items()]
        modules.append(f" {json.dumps(module)}: {{\n" + ",\n".join(lines) + "\n }")
    return "{\n" + ",\n".join(modules) + "\n}\n"


def main() -> None:
    """Write the committed facts anew from the shared fact sheet."""
    sys.path.insert(0, str(FACTS.parents[1]))
    from shared_material import MISSING, shared_path

    shared = shared_path()
    if shared is None:
        raise SystemExit(MISSING)
    FACTS.write_text(as_json(facts_in((shared / SHEET).read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
