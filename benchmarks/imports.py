"""CPU time of imports, as ratios, and what they drag in.

`import racto_nb`, `%load_ext racto_nb` and importing all kits and the low-level layer beside `import numpy`; importing and
opening the first OpenAI kit beside importing the SDK and opening its client. Each measurement is a fresh interpreter with all
bytecode compiled; the candidates take turns, so that a busy machine slows all of them alike. The median of the per-round ratios
counts.

Goals: import at most 0.15 of numpy, the extension at most 1, the first kit at most 1.10 of the SDK's client, and none of them
loads a heavy library that was not asked for.
"""

from __future__ import annotations

import compileall
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from contenders.telling import figure
from contenders.timing import rounds_of

import racto_nb

ROUNDS = 15
HEAVY = ("numpy", "pandas", "polars", "pyarrow", "plotly", "duckdb", "openai", "anthropic", "google.genai", "ollama",
         "huggingface_hub", "xllamacpp", "onnxruntime", "torch", "ipywidgets", "anywidget")  # fmt: skip

PROGRAM = """
import sys, time, json
{before}
began = time.process_time()
{measured}
spent = time.process_time() - began
print(json.dumps([spent, [name for name in {heavy!r} if name in sys.modules]]))
"""

# The extension is loaded into a shell that runs already, as in a kernel; only the load is measured.
SHELL = "from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance()"
ALL_KITS = """
from racto_nb import adapters, anthropic_developer_kit, embedded_developer_kit, gateway, google_developer_kit, tools
from racto_nb import huggingface_developer_kit, ollama_developer_kit, openai_developer_kit
"""
FIRST_KIT = """
from racto_nb import openai_developer_kit as gpt
kit = gpt.Chat("gpt-6-luna", api_key="k")
kit._port.pool.take()
"""
CLIENT = """
import openai
openai.OpenAI(api_key="k")
"""


@dataclass(frozen=True)
class Case:
    """What is measured after what else has happened, beside which other case, and the goal (None: it is only told)."""

    measured: str
    base: str
    goal: float | None = None
    before: str = ""
    asked_for: tuple[str, ...] = ()


CASES = {
    "import numpy": Case("import numpy", "import numpy", asked_for=("numpy",)),
    "import racto_nb": Case("import racto_nb", "import numpy", 0.15),
    "%load_ext racto_nb": Case("shell.run_line_magic('load_ext', 'racto_nb')", "import numpy", 1.0, before=SHELL),
    "import all kits": Case(ALL_KITS, "import numpy"),
    "openai + client": Case(CLIENT, "openai + client", asked_for=("openai",)),
    "first OpenAI kit": Case(FIRST_KIT, "openai + client", 1.10, asked_for=("openai",)),
}


def spent(case: Case) -> tuple[float, set[str]]:
    """CPU seconds of one fresh interpreter, and the heavy modules it ended with unasked."""
    program = PROGRAM.format(before=case.before, measured=case.measured, heavy=HEAVY)
    # Where it is told to write no bytecode, each process would compile again what was edited last.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    seconds, loaded = json.loads(done.stdout.splitlines()[-1])
    return seconds, set(loaded) - set(case.asked_for)


def main() -> int:
    """Measure, print a table, and return 1 when a goal is missed."""
    compileall.compile_dir(Path(racto_nb.__file__).parent, quiet=2)
    for case in CASES.values():
        spent(case)
    rounds = [{name: spent(case) for name, case in CASES.items()} for _ in range(rounds_of(ROUNDS))]
    missed = False
    print(f"{'':20}{'CPU ms':>8}{'ratio':>8}{'goal':>6}  beside           heavy modules loaded unasked")
    for name, case in CASES.items():
        ratio = statistics.median(one[name][0] / one[case.base][0] for one in rounds)
        milliseconds = statistics.median(one[name][0] for one in rounds) * 1000
        heavy = sorted(set().union(*(one[name][1] for one in rounds)))
        failed = bool(heavy)
        if case.base != name:
            failed |= figure(f"{name}, to {case.base}", ratio, at_most=case.goal, told=f"{milliseconds:.1f} ms")
        missed |= failed
        figure(f"{name}: heavy libraries loaded unasked", len(heavy), "libraries", at_most=0, told=", ".join(heavy))
        goal = "" if case.goal is None else f"{case.goal:.2f}"
        print(f"{name:20}{milliseconds:8.1f}{ratio:8.3f}{goal:>6}  {case.base:17}{', '.join(heavy) or '-'}", end="")
        print("  missed" if failed else "")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
