"""What all tests share: no network but loopback, no key, the plain settings."""

import gc
import importlib.util
import os
from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings

from racto_nb.testing import forbid_network

# How long an example takes depends on what else the machine does: no test may fail for that.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

for _name in [name for name in os.environ if name.endswith(("_API_KEY", "HF_TOKEN")) or name.startswith("RACTO_DISPLAY")]:
    del os.environ[_name]


# Its library lives in an environment of its own (see the Makefile).
collect_ignore = [] if importlib.util.find_spec("weaviate") else ["fake_weaviate.py"]

os.environ["RACTO_LEDGER"] = "off"  # the tests of the ledger have one of their own


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Naming the tests makes millions of objects that all stay. The collector need not look at them, now or in the tests."""
    gc.disable()
    result = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    return result


def pytest_unconfigure() -> None:
    """An interpreter that ends takes down what it has, also what was named: some libraries complain about what is left over."""
    gc.unfreeze()


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests reach this machine only. Weights are fetched by subprocesses, which announce themselves."""
    with forbid_network():
        yield
