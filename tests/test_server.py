"""What the server extension promises: small messages go at once, and another connection class is respected."""

import asyncio
import json
import logging
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers import server

ROOT = Path(__file__).resolve().parents[1]


def fake_app(**settings):
    return SimpleNamespace(web_app=SimpleNamespace(settings=settings), log=logging.getLogger("test"))


class FakeHandler:
    def __init__(self):
        self.nodelay = None

    def set_nodelay(self, value):
        self.nodelay = value


class Other:
    """Another server's connection class: its connect is a coroutine, and it keeps what it is given."""

    def __init__(self, websocket_handler):
        self.websocket_handler = websocket_handler

    async def connect(self):
        return "connected the other way"


def test_jupyter_server_finds_the_extension_by_the_courses_setting():
    setting = json.loads((ROOT / "jupyter" / "course_server.json").read_text())
    (point,) = server._jupyter_server_extension_points()
    assert setting["ServerApp"]["jpserver_extensions"] == {point["module"]: True}


def test_a_class_that_was_chosen_before_keeps_all_it_does():
    app = fake_app(kernel_websocket_connection_class=Other)
    server._load_jupyter_server_extension(app)
    ours = app.web_app.settings["kernel_websocket_connection_class"]
    assert issubclass(ours, Other) and ours is not Other
    handler = FakeHandler()
    assert asyncio.run(ours(handler).connect()) == "connected the other way"
    assert handler.nodelay is True


def test_without_a_choice_it_is_jupyter_servers_own_class():
    from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

    app = fake_app()
    server._load_jupyter_server_extension(app)
    assert issubclass(app.web_app.settings["kernel_websocket_connection_class"], ZMQChannelsWebsocketConnection)


@pytest.mark.parametrize("ours", [True, False], ids=["with the extension", "without it"])
def test_the_socket_itself_is_told_not_to_wait(ours):
    assert asyncio.run(nodelay_of_a_real_websocket(server.without_delay(Other) if ours else Other)) == ours


async def nodelay_of_a_real_websocket(connection_class):
    """Open a websocket over TCP, connect as Jupyter Server does, and return the socket's TCP_NODELAY."""
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets
    from tornado.web import Application
    from tornado.websocket import WebSocketHandler, websocket_connect

    answer = asyncio.get_running_loop().create_future()

    class Kernel(WebSocketHandler):
        async def open(self):
            await connection_class(self).connect()
            stream = self.ws_connection.stream
            answer.set_result(stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    web = HTTPServer(Application([("/", Kernel)]))
    sockets = bind_sockets(0, "127.0.0.1")
    web.add_sockets(sockets)
    client = await websocket_connect(f"ws://127.0.0.1:{sockets[0].getsockname()[1]}/")
    try:
        return bool(await asyncio.wait_for(answer, 10))
    finally:
        client.close()
        web.stop()
