"""CPU time of `import racto_nb` and `%load_ext racto_nb`, as ratios to `import numpy`, and what they drag in.

Each measurement is a fresh interpreter; the candidates take turns, so that a busy machine slows all of them alike. The median of
the per-round ratios counts. Goals: import at most 0.15 of numpy, the extension at most 1.
"""

import json
import statistics
import subprocess
import sys

ROUNDS = 11
HEAVY = ("numpy", "pandas", "polars", "plotly", "duckdb", "openai", "anthropic", "google.genai", "ollama", "huggingface_hub",
         "xllamacpp", "onnxruntime", "ipywidgets", "anywidget")  # fmt: skip

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

CASES = {
    "numpy": ("", "import numpy"),
    "import racto_nb": ("", "import racto_nb"),
    "%load_ext racto_nb": (SHELL, "shell.run_line_magic('load_ext', 'racto_nb')"),
}
GOALS = {"import racto_nb": 0.15, "%load_ext racto_nb": 1.0}


def spent(before: str, measured: str) -> tuple[float, list[str]]:
    """CPU seconds of one fresh interpreter, and the heavy modules it ended with."""
    program = PROGRAM.format(before=before, measured=measured, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    seconds, loaded = json.loads(done.stdout.splitlines()[-1])
    return seconds, loaded


def main() -> int:
    """Measure, print a table, and return 1 when a goal is missed."""
    times: dict[str, list[float]] = {name: [] for name in CASES}
    dragged: dict[str, set[str]] = {name: set() for name in CASES}
    for _ in range(ROUNDS):
        for name, (before, measured) in CASES.items():
            seconds, loaded = spent(before, measured)
            times[name].append(seconds)
            dragged[name] |= set(loaded)
    missed = False
    print(f"{'':22}{'CPU ms':>8}{'x numpy':>9}{'goal':>7}  heavy modules loaded")
    for name, values in times.items():
        ratio = statistics.median(value / base for value, base in zip(values, times["numpy"], strict=True))
        goal = GOALS.get(name)
        heavy = sorted(dragged[name]) if name != "numpy" else []
        missed |= (goal is not None and ratio > goal) or bool(heavy)
        print(f"{name:22}{statistics.median(values) * 1000:8.1f}{ratio:9.3f}{goal or '':>7}  {', '.join(heavy) or '-'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
