"""A web server for one machine: it listens on the loopback address and asks nobody anything."""

import os
import socket
from collections.abc import Callable

HOST = "127.0.0.1"


def serve(port: int, ready: Callable[[str], None]) -> None:
    """Show the page until it is stopped.

    Parameters
    ----------
    ready : is told the address just before the server starts

    Raises
    ------
    OSError
        The port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
    os.environ["SOLARA_TELEMETRY_MIXPANEL_ENABLE"] = "False"  # before solara reads it
    os.environ["SOLARA_MODE"] = "production"
    os.environ["SOLARA_APP"] = "sim.view.page"
    from solara.server.starlette import ServerStarlette  # noqa: PLC0415 - after the settings

    from sim.figures.style import styled  # noqa: PLC0415

    with styled():
        ready(f"http://{HOST}:{port}/")
        ServerStarlette(port, HOST, log_level="warning").serve()
