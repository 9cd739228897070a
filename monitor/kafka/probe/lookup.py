"""Looking a name up within a time limit, which the resolver itself does not take."""

import queue
import socket
from threading import Thread


def addresses(host: str, port: int, *, timeout_seconds: float) -> list[str]:
    """Numeric addresses in the resolver's order; none if the name is unknown or takes too long."""
    found: queue.SimpleQueue[list[str]] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            told = []
        found.put(list(dict.fromkeys(str(one[4][0]) for one in told)))

    # A daemon: one that hangs must not keep a command from ending.
    Thread(target=look_up, daemon=True).start()
    try:
        return found.get(timeout=timeout_seconds)
    except queue.Empty:
        return []
