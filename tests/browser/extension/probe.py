"""A server extension of the tests' own: it says of each open kernel websocket whether small packets are held back."""

import socket

from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from tornado import web


class Probe(APIHandler):
    """GET gives a list with one entry for each open kernel websocket: true where TCP_NODELAY is set."""

    @web.authenticated
    def get(self):
        sockets = [
            connection.websocket_handler.ws_connection.stream.socket
            for connection in ZMQChannelsWebsocketConnection._open_sockets
        ]
        self.finish({"nodelay": [bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) for one in sockets]})


def _jupyter_server_extension_points():
    return [{"module": "probe"}]


def _load_jupyter_server_extension(server_app):
    server_app.web_app.add_handlers(".*$", [("/course/probe", Probe)])
