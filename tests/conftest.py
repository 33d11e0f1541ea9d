"""What all tests share: no network but loopback, no key, the plain settings."""

import gc
import importlib.util
import os
import signal
import ssl
import warnings
from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import kafka_broker
import pytest
import valkey_server
from hypothesis import HealthCheck, settings
from valkey_server import ValkeyServer

from racto_nb.testing import forbid_network

# How long an example takes depends on what else the machine does: no test may fail for that.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

for _name in [name for name in os.environ if name.endswith(("_API_KEY", "HF_TOKEN")) or name.startswith("RACTO_DISPLAY")]:
    del os.environ[_name]


# A run in the background of a shell is told to ignore interrupts, and the tests of the stop button with it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Its library lives in an environment of its own (see the Makefile).
collect_ignore = [] if importlib.util.find_spec("weaviate") else ["fake_weaviate.py"]

os.environ["RACTO_LEDGER"] = "off"  # the tests of the ledger have one of their own


_AUTHORITIES = {ssl.get_default_verify_paths().openssl_cafile, "/etc/ssl/cert.pem", "/etc/ssl/certs/ca-certificates.crt"}
if _certifi := importlib.util.find_spec("certifi"):
    _AUTHORITIES.add(str(Path(str(_certifi.origin)).with_name("cacert.pem")))
_load_verify_locations = ssl.SSLContext.load_verify_locations


def _trust(context: ssl.SSLContext, cafile=None, capath=None, cadata=None) -> None:
    """Reading the world's authorities takes 50 ms, and every client of a test would do it anew, to speak to this machine only."""
    if cafile not in _AUTHORITIES or cadata:
        _load_verify_locations(context, cafile, capath, cadata)


ssl.SSLContext.load_verify_locations = _trust


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, object, object]:
    """A failure that was expected is told in a line: nobody sees its traceback, and drawing one parses each file that is in it."""
    style, error = item.config.option.tbstyle, call.excinfo.value if call.excinfo else None
    if any(isinstance(error, mark.kwargs.get("raises") or Exception) for mark in item.iter_markers("xfail")):
        item.config.option.tbstyle = "line"
    try:
        return (yield)
    finally:
        item.config.option.tbstyle = style


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Naming the tests makes millions of objects that all stay. The collector need not look at them, now or in the tests."""
    gc.disable()
    result = yield
    gc.collect()
    gc.freeze()
    gc.enable()
    return result


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the workers none shall wait for the others at the end: files with slow tests come first, then those with many tests."""
    if hasattr(config, "workerinput"):
        counts = Counter(_file(item) for item in items)
        weights = counts | {_file(item): len(items) for item in items if item.get_closest_marker("slow")}
        order = _spread(sorted(counts, key=lambda file: -weights[file]), counts)
        items.sort(key=lambda item: order[_file(item)])


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _spread(files: list[str], counts: Counter[str]) -> dict[str, int]:
    """The places of `files` in this order, but those with a browser among the others: one alone uses both cores."""
    browsers = [file for file in files if file.startswith("tests/browser/")]
    others = [file for file in files if not file.startswith("tests/browser/")]
    whole, passed, placed, order = sum(counts[file] for file in others), 0, 0, list[str]()
    for file in others:
        while placed < len(browsers) and passed * len(browsers) >= whole * placed:
            order.append(browsers[placed])
            placed += 1
        order.append(file)
        passed += counts[file]
    return {file: place for place, file in enumerate(order + browsers[placed:])}


def pytest_unconfigure() -> None:
    """An interpreter that ends takes down what it has, also what was named: some libraries complain about what is left over."""
    gc.unfreeze()


@pytest.fixture(scope="session", autouse=True)
def _notes_of_fleets(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Groups of Celery's tasks are written down beside the tests, and not beside those of a user."""
    os.environ["RACTO_FLEET_DIR"] = str(tmp_path_factory.mktemp("fleets"))


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A server of the Redis protocol that all tests of this process share: each takes keys, or one of its databases, of its own."""
    with ExitStack() as closing:
        yield valkey_server.started(tmp_path_factory.mktemp("valkey"), closing)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Kafka broker that all tests of this process share: each takes topics of its own."""
    with ExitStack() as closing:
        yield kafka_broker.started(tmp_path_factory.mktemp("kafka"), closing)


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests reach this machine only. Weights are fetched by subprocesses, which announce themselves."""
    with forbid_network():
        yield


@pytest.fixture(scope="module")
def swept() -> Iterator[None]:
    """kafka-python forgets sockets that it was connecting when it was closed."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
