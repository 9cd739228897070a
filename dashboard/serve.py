"""The web process: `python -m dashboard.serve`.

uvicorn as it comes ends with 143 on SIGTERM, knows only its own variables and waits for ever for an
open request; this one reads our settings, ends with 0, and within ten seconds whatever is open.
"""

import logging
import os
import signal
import socket
import sys
import threading
from types import FrameType

import django
import uvicorn

from dashboard import env

GRACE_SECONDS = 8
LAST_CALL_SECONDS = 9.5
MAX_WEBSOCKET_MESSAGE_BYTES = 16_384


class Server(uvicorn.Server):
    """A server that ends in time even where a thread still waits for a database."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        last_call = threading.Timer(LAST_CALL_SECONDS, os._exit, [0])
        last_call.daemon = True
        last_call.start()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; ends the process with a sentence where that cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as problem:
        listener.close()
        raise SystemExit(
            f"Highwater cannot listen on {host} port {port}: {problem.strerror}.\n"
            "    HINT: stop what uses it, or choose others by HIGHWATER_BIND and HIGHWATER_PORT."
        ) from None
    return listener


def configuration(trusted_proxies: str) -> uvicorn.Config:
    """The server around our application; it believes those proxies who the client is."""
    return uvicorn.Config(
        "dashboard.asgi:application",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_max_size=MAX_WEBSOCKET_MESSAGE_BYTES,
    )


def main() -> int:
    settings = env.load()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    # These need Django's apps; telemetry has to start before the application loads.
    from dashboard import telemetry
    from monitor.checks import stop_on_errors

    stop_on_errors()
    listener = listen(settings["HIGHWATER_BIND"], settings["HIGHWATER_PORT"])
    telemetry.start("web")
    config = configuration(settings["FORWARDED_ALLOW_IPS"])
    config.load()
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)  # a line a request tells nothing
    # uvicorn raises the signals it caught once more when it is done; they must find a handler that
    # lets the process end with 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    Server(config).run(sockets=[listener])
    telemetry.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
