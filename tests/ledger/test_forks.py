"""A process that is forked right after its first call, while a thread still loads the prices, has them too."""

from __future__ import annotations

import subprocess
import sys

import pytest

FORKING = """
import logging, os, threading
from racto_nb.providers.catalog.prices import list_cost, load_prices
loading = threading.Thread(target=load_prices)
loading.start()
import sys
while "genai_prices" not in sys.modules:
    pass
child = os.fork()
if not child:
    price = list_cost("openai", "gpt-6-luna", {"prompt_tokens": 1000, "completion_tokens": 100})
    os._exit(0 if str(price) == "0.00015" else 1)
loading.join()
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_fork_in_the_middle_of_the_import_of_the_prices_has_prices():
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
