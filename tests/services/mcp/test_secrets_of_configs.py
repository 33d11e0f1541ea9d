"""What a config holds that is secret stands in no message, warning, repr or traceback."""

import http.server
import logging
import sys
import threading
import traceback

import pytest
from pydantic import ValidationError

from racto_nb._warnings import MCPWarning
from racto_nb.exceptions import RactoGatewayConnectionError, RactoGatewayError
from racto_nb.mcp import MCPClientConfig, MCPMultiClient, RactoMCPClient

SECRET = "s3cr3tPW99"
OTHERS = "hunter2"


class Teapot(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.logins.add(self.headers.get("authorization"))
        self.send_response(418)
        self.send_header("content-length", "0")
        self.end_headers()

    do_GET = do_POST  # noqa: N815  (the name that the library calls)

    def log_message(self, *_):
        """Nothing is written."""


@pytest.fixture(scope="module")
def teapot():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Teapot) as server:
        server.logins = set()
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def config_at(server, transport, **options):
    url = f"http://user:{SECRET}@127.0.0.1:{server.server_port}/mcp?key={SECRET}"
    return MCPClientConfig(transport=transport, url=url, **options)


@pytest.mark.parametrize("transport", ["sse", "streamable-http"])
def test_an_address_is_told_without_its_login_and_query_and_the_login_is_sent(teapot, transport, caplog):
    caplog.set_level(logging.WARNING)
    with pytest.raises(RactoGatewayError, match=r"127\.0\.0\.1:\d+/mcp") as caught:
        RactoMCPClient(config_at(teapot, transport)).list_tools_sync()

    assert SECRET not in "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "Basic dXNlcjpzM2NyM3RQVzk5" in teapot.logins


def test_a_dead_server_is_told_without_secrets(teapot):
    multi = MCPMultiClient([config_at(teapot, "sse", name=name) for name in ("one", "other")])

    with pytest.raises(RactoGatewayConnectionError) as caught:
        multi.list_tools_sync()
    multi._lines[0].begin = lambda _: done("here", ())
    with pytest.warns(MCPWarning, match="without the MCP server 'other'") as warned:
        multi.list_tools_sync()

    assert SECRET not in f"{caught.value} {multi.dead} {[str(each.message) for each in warned]}"


def done(*value):
    from concurrent.futures import Future

    future = Future()
    future.set_result(value)
    return future


def test_secrets_in_a_command_are_covered_in_the_label_the_repr_and_errors():
    args = [
        "-c",
        f"import sys;sys.exit('no {SECRET}')",
        f"postgresql://u:{SECRET}@h/db",
        "--api-key",
        OTHERS,
        f"--db-password={OTHERS}",
        f"Authorization: Bearer {OTHERS}",
        f"host=db password={OTHERS} dbname=x",
        f'{{"apiKey": "{OTHERS}", "level": 3}}',
        "sk-abcdefghijklmnop",
        "--level=3",
    ]
    client = RactoMCPClient(MCPClientConfig(transport="stdio", command=sys.executable, args=args))
    with pytest.raises(RactoGatewayConnectionError, match=r"Its stderr ends: no \[password\]") as caught:
        client.list_tools_sync()

    shown = f"{client.config!r} {client.config} {client!r} {client.config.label} {caught.value}"
    for secret in (SECRET, OTHERS, "abcdefghijklmnop"):
        assert secret not in shown
    assert "'postgresql://h/db', '--api-key', '[api-key]', '--db-password=[db-password]'" in shown
    assert "'host=db password=[password] dbname=x'" in shown
    assert "'--level=3'" in shown


def test_a_key_in_the_path_of_an_address_and_a_login_without_a_password_are_secret():
    url = "https://ghp_0123456789abcdef@tools.example/s/0123456789abcdef0123456789abcdef/mcp"
    config = MCPClientConfig(transport="streamable-http", url=url, headers={"X-Api-Key": OTHERS}, token="of-mine")

    assert config.label == "https://tools.example/s/[key]/mcp"
    assert "0123456789abcdef" not in repr(config)
    assert config.secrets.cleaned(f"{OTHERS} of-mine ghp_0123456789abcdef") == "[X-Api-Key] [token] [password]"


def test_a_config_that_cannot_be_made_does_not_quote_what_it_was_given():
    with pytest.raises(ValidationError) as caught:
        MCPClientConfig(transport="stdio", command="python", args=f"--api-key {SECRET}")

    assert SECRET not in str(caught.value)
