"""The doctor on servers: whether they listen, and never what stands in their addresses beside host and port."""

import socket
from contextlib import ExitStack, closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from racto_nb.command_line import main
from racto_nb.exceptions import UsageError
from racto_nb.notebook.checkup import findings
from racto_nb.notebook.checkup.services import SERVICES, Address, connected, service_findings
from racto_nb.testing import forbid_network

VARIABLES = [name for service in SERVICES for name in service.variables]


@pytest.fixture
def listening():
    """The port of a server that accepts connections and says nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


@pytest.fixture
def silent():
    """A port of this machine where nobody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        return server.getsockname()[1]


def of(environment: dict[str, str], name: str):
    return [found for found in service_findings(environment) if found.what == name]


@pytest.mark.parametrize(
    ("name", "variable", "address"),
    [
        ("Redis", "REDIS_URL", "redis://:secret@localhost:{port}/0"),
        ("Redis", "VALKEY_URL", "valkey://127.0.0.1:{port}"),
        ("broker of Celery", "CELERY_BROKER_URL", "amqp://ann:secret@127.0.0.1:{port}//"),
        ("results of Celery", "CELERY_RESULT_BACKEND", "redis://127.0.0.1:{port}/1?password=secret"),
        ("Kafka", "KAFKA_BOOTSTRAP_SERVERS", "SASL_SSL://127.0.0.1:{port}"),
        ("Ollama", "OLLAMA_HOST", "0.0.0.0:{port}"),
        ("PostgreSQL", "DATABASE_URL", "postgresql+psycopg://ann:secret@127.0.0.1:{port}/shop"),
    ],
)
def test_a_server_that_a_variable_names_listens_or_not(name, variable, address, listening, silent):
    (well,) = of({variable: address.format(port=listening)}, name)
    (ill,) = of({variable: address.format(port=silent)}, name)

    assert (well.state.split(" ", 1)[1], well.wrong) == (f"({variable}): it listens", False)
    assert (ill.state.split(" ", 1)[1], ill.wrong) == (f"({variable}): nobody listens there", True)
    assert variable in ill.advice
    assert "secret" not in repr([well, ill])


@pytest.mark.parametrize(
    ("variable", "address", "name", "told"),
    [
        ("DATABASE_URL", "mysql://ann:secret@db.example/shop", "MySQL", ["db.example:3306"]),
        ("DATABASE_URL", "mysql+pymysql://ann:secret@db.example/shop", "MySQL", ["db.example:3306"]),
        ("DATABASE_URL", "postgresql+asyncpg://ann:secret@db.example/shop", "PostgreSQL", ["db.example:5432"]),
        ("DATABASE_URL", "postgresql+psycopg2://db.example:6000/shop", "PostgreSQL", ["db.example:6000"]),
        ("DATABASE_URL", "postgres://one.example,two.example:5433/shop", "PostgreSQL", ["one.example:5432", "two.example:5433"]),
        ("DATABASE_URL", "postgres:///shop?host=/nowhere/run", "PostgreSQL", ["/nowhere/run/.s.PGSQL.5432"]),
        ("DATABASE_URL", "postgres://ann:secret@/shop?host=%2Fnowhere&port=5433", "PostgreSQL", ["/nowhere/.s.PGSQL.5433"]),
        ("DATABASE_URL", "postgresql:///shop", "PostgreSQL", ["127.0.0.1:5432"]),
        ("DATABASE_URL", "mysql+pymysql://ann@localhost/shop?unix_socket=/nowhere/my.sock", "MySQL", ["/nowhere/my.sock"]),
        ("DATABASE_URL", "mongodb://db.example:27018", "MongoDB", ["db.example:27018"]),
        ("DATABASE_URL", "oracle://db.example:1521/shop", "database", ["db.example:1521"]),
        ("CELERY_BROKER_URL", "sentinel://one.example;sentinel://two.example:2", "broker of Celery", ["one.example:26379", "two.example:2"]),
        ("CELERY_RESULT_BACKEND", "db+postgresql://ann:secret@db.example/shop", "results of Celery", ["db.example:5432"]),
        ("CELERY_RESULT_BACKEND", "mongodb://one.example,two.example:2/shop", "results of Celery", ["one.example:27017", "two.example:2"]),
        ("CELERY_RESULT_BACKEND", "cache+memcached://db.example/", "results of Celery", ["db.example:11211"]),
        ("PGHOST", "::1", "PostgreSQL", ["[::1]:5432"]),
        ("KAFKA_BOOTSTRAP_SERVERS", "k.example:9093,, ", "Kafka", ["k.example:9093"]),
        ("REDIS_URL", "unix://:hunter?2@/nowhere/redis.sock?db=1", "Redis", ["/nowhere/redis.sock"]),
        ("REDIS_URL", "unix:///nowhere/redis.sock?db=1&password=secret", "Redis", ["/nowhere/redis.sock"]),
    ],
)  # fmt: skip
def test_ordinary_addresses_are_read(variable, address, name, told):
    with forbid_network():
        found = of({variable: address}, name)
    assert [one.state.partition(f" ({variable}): ")[0] for one in found] == told
    assert "secret" not in repr(found)


def test_several_hosts_of_postgres_have_a_port_each_or_one_for_all():
    pairs = {"PGHOST": "one.example,/nowhere,two.example", "PGPORT": "5432,5433,"}
    with forbid_network():
        found = of(pairs, "PostgreSQL")
        assert [one.state.partition(" ")[0] for one in found] == [
            "one.example:5432", "/nowhere/.s.PGSQL.5433", "two.example:5432",
        ]  # fmt: skip
        (wrong,) = of(pairs | {"PGPORT": "5432,5433"}, "PostgreSQL")
    assert wrong.state == "PGHOST is set, but it is no address that can be read"


def test_of_several_brokers_each_is_told(listening, silent):
    states = [found.state for found in of({"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{listening}, localhost:{silent}"}, "Kafka")]
    assert [state.rpartition(": ")[2] for state in states] == ["it listens", "nobody listens there"]


def test_postgres_is_found_by_host_and_port_and_by_its_socket(tmp_path, listening, silent):
    (found,) = of({"PGHOST": "127.0.0.1", "PGPORT": str(listening)}, "PostgreSQL")
    assert found.state == f"127.0.0.1:{listening} (PGHOST): it listens"
    with closing(socket.socket(socket.AF_UNIX)) as server:
        server.bind(str(tmp_path / ".s.PGSQL.5432"))
        server.listen()
        (found,) = of({"PGHOST": str(tmp_path)}, "PostgreSQL")
    assert found.state == f"{tmp_path}/.s.PGSQL.5432 (PGHOST): it listens"


def test_without_a_variable_the_usual_port_is_looked_at_and_nothing_is_wrong():
    found = {one.what: one for one in service_findings({})}
    assert list(found) == ["Redis", "broker of Celery", "Kafka", "Ollama", "PostgreSQL"]
    assert found["Redis"].state.startswith("127.0.0.1:6379: ")
    assert found["Redis"].state.endswith("; REDIS_URL is not set")
    assert not any(one.wrong for one in found.values())


@pytest.mark.parametrize("backend", [
        "rpc://", "rpc", "cache+memory://", "db+sqlite:///results.sqlite", "file:///var/results", "django-db", "sqs://",
        "sqs://key:secret@", "song://host", "mongodb+srv://cluster.example/shop", "azurestoragequeues://One@https://x.example",
    ],
)  # fmt: skip
def test_what_is_no_server_is_not_asked(backend):
    (found,) = of({"CELERY_RESULT_BACKEND": backend}, "results of Celery")
    assert (found.state.partition(":")[0], found.wrong) == ("CELERY_RESULT_BACKEND is not looked at", False)


@pytest.mark.parametrize(
    "address",
    [
        "secret", "localhost:6379", "redis://ann:12/secret@host:6379", "redis://:se#cret@host", "redis://:se cret@host",
        "host=db password=secret", "redis://host:secret", "redis://[secret", "unix://secret", "unix:///run/a?b@/secret",
    ],
)  # fmt: skip
def test_what_may_be_part_of_a_password_is_not_shown_and_not_asked(address):
    (found,) = of({"REDIS_URL": address}, "Redis")
    assert found.wrong
    assert found.state == "REDIS_URL is set, but it is no address that can be read"
    assert "REDIS_URL" in found.advice


@given(
    st.sampled_from(VARIABLES),
    st.sampled_from(["redis://", "amqp://ann:", "postgresql://", "http://u:", "unix://", "", ":", "ann:"]),
    st.text(st.characters(codec="utf-8"), max_size=8).map(lambda text: f"Zq7{text}Zq7"),
    st.sampled_from(["@127.0.0.1:1/0", "@127.0.0.1:1", "@localhost:1,@127.0.0.1:1"]),
)
def test_no_password_of_whatever_signs_is_ever_shown(variable, begins, secret, ends):
    with forbid_network():
        assert "Zq7" not in repr(service_findings({variable: f"{begins}{secret}{ends}"}, SERVICES)).replace("\\x00", "")


def test_all_are_asked_at_once_and_one_that_says_nothing_holds_nobody_up(listening):
    with closing(socket.create_server(("127.0.0.1", 0), backlog=0)) as server, ExitStack() as closing_all:
        port = server.getsockname()[1]
        for _ in range(3):  # they fill the queue of those who wait to be accepted
            one = closing_all.enter_context(closing(socket.socket()))
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        answers = connected([Address("127.0.0.1", port), Address("127.0.0.1", listening)], patience=0.2)
    assert answers[Address("127.0.0.1", listening)] == ""
    assert answers.get(Address("127.0.0.1", port), "no answer in time") == "no answer in time"


def test_an_address_that_cannot_be_reached_says_why():
    with forbid_network():
        (found,) = of({"REDIS_URL": "redis://cache.example:6379"}, "Redis")
    assert found.state == "cache.example:6379 (REDIS_URL): cannot be reached (NetworkForbiddenError)"


def test_services_are_looked_at_only_when_asked(listening, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    environment = {"REDIS_URL": f"redis://127.0.0.1:{listening}"}
    assert not [found for found in findings(environment) if found.what == "Redis"]
    assert [found.state for found in findings(environment, services=True) if found.what == "Redis"]


def test_the_command_and_the_line_magic_take_the_option(monkeypatch, capsys, tmp_path, shell: InteractiveShell):
    monkeypatch.chdir(tmp_path)
    assert main(["doctor", "--services"]) == 0
    assert "PostgreSQL" in capsys.readouterr().out

    shell.run_line_magic("racto", "doctor --services")
    assert "PostgreSQL" in shell.display_pub.outputs[-1]["data"]["text/plain"]
    with pytest.raises(UsageError, match="Did you mean '--services'"):
        shell.run_line_magic("racto", "doctor --service")
