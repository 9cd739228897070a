"""Which port a service gets. Free ones are drawn below the range that outgoing connections use,
so that none of those takes one between our look and the service's own bind.
"""

import secrets
import socket
from collections.abc import Callable, Mapping

from quickstart.errors import PortOccupied

LOWEST = 20_000
HIGHEST = 32_000
_TRIES = 200


def is_free(port: int, *, address: str = "127.0.0.1") -> bool:
    """Whether this account could listen there now."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((address, port))
        except OSError:
            return False
        return True


def choose(
    remembered: Mapping[str, int], name: str, *, free: Callable[[int], bool] = is_free
) -> int:
    """The remembered port of `name` while it is free, else a free one that no other name has."""
    if name in remembered and free(remembered[name]):
        return remembered[name]
    for _ in range(_TRIES):
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        if port not in remembered.values() and free(port):
            return port
    raise PortOccupied(f"No port from {LOWEST} to {HIGHEST} is free for {name}. Stop some servers.")


def require_web_port(port: int, *, address: str) -> None:
    """Raises PortOccupied where the page cannot be served at the port that was asked for."""
    if not is_free(port, address=address):
        # Below 1024 the next one would be refused to this account too.
        other = port + 1 if 1024 <= port < 65535 else 8000
        raise PortOccupied(
            f"Port {port} on {address} is taken by another program, or this account may not listen "
            f"there. Stop that program, or choose another port: HIGHWATER_PORT={other} make demo"
        )
