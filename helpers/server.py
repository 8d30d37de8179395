"""A Jupyter Server extension that sends a kernel's small messages at once, so that sliders follow the hand.

The server's kernel websocket leaves TCP's habit of collecting small packets on (Nagle's algorithm). With the
browser's delayed acknowledgements that costs about 40 ms for each picture. The socket option TCP_NODELAY
turns it off. The course's package enables this extension through etc/jupyter/jupyter_server_config.d.
"""

SETTING = "kernel_websocket_connection_class"


def without_delay(base):
    """Return a subclass of the kernel connection class `base` whose websocket sends small messages at once.

    `base` is any class with Jupyter Server's kernel connection interface: a `connect` method that the open
    websocket calls, and a `websocket_handler` attribute that is tornado's WebSocketHandler.
    """

    class WithoutDelay(base):
        def connect(self):
            # tornado sets TCP_NODELAY on the stream beneath; the handler is open when connect is called.
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    WithoutDelay.__name__ = WithoutDelay.__qualname__ = base.__name__ + "WithoutDelay"
    WithoutDelay.__doc__ = f"{base.__name__}, with TCP_NODELAY set as it connects."
    return WithoutDelay


def _jupyter_server_extension_points():
    """Tell Jupyter Server which module to load."""
    return [{"module": "helpers.server"}]


def _load_jupyter_server_extension(server_app):
    """Put our connection class in the place of the one in use, as a subclass of it.

    A server that was told to use another class (a gateway, a hub's own) keeps all that class does.
    """
    settings = server_app.web_app.settings
    base = settings.get(SETTING)
    if base is None:
        from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

        base = ZMQChannelsWebsocketConnection
    settings[SETTING] = without_delay(base)
    server_app.log.info("helpers.server: the kernel's small messages are sent at once (TCP_NODELAY)")


# Jupyter Server releases before 2 look for the name without the underscore.
load_jupyter_server_extension = _load_jupyter_server_extension
