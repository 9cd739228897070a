"""A browser's end of a websocket, over asgiref: Channels' own needs the server daphne."""

import json
from typing import Any

from asgiref.testing import ApplicationCommunicator

from dashboard.asgi import application


class BrowserSocket:
    """Each method waits at most `timeout` seconds and raises TimeoutError."""

    def __init__(self, headers: list[tuple[bytes, bytes]]) -> None:
        scope = {
            "type": "websocket",
            "path": "/ws/live",
            "query_string": b"",
            "headers": headers,
            "subprotocols": [],
        }
        self.cookie = dict(headers).get(b"cookie", b"").decode()
        self._end = ApplicationCommunicator(application, scope)

    async def connect(self) -> bool:
        """Whether the handshake was accepted."""
        await self._end.send_input({"type": "websocket.connect"})
        answer: str = (await self.next_event())["type"]
        return answer == "websocket.accept"

    async def say(self, text: str) -> None:
        await self._end.send_input({"type": "websocket.receive", "text": text})

    async def ask(self, **request: Any) -> None:
        await self.say(json.dumps(request))

    async def hear(self, timeout: float = 15) -> Any:
        return json.loads((await self.next_event(timeout))["text"])

    async def hears_nothing(self, timeout: float = 0.3) -> bool:
        silent: bool = await self._end.receive_nothing(timeout=timeout)
        return silent

    async def close_code(self) -> int:
        """The code that the server closes with; what it sends before is read and dropped."""
        while (event := await self.next_event())["type"] != "websocket.close":
            pass
        return int(event["code"])

    async def next_event(self, timeout: float = 15) -> dict[str, Any]:
        event: dict[str, Any] = await self._end.receive_output(timeout=timeout)
        return event

    async def leave(self) -> None:
        await self._end.send_input({"type": "websocket.disconnect", "code": 1000})
        await self._end.wait()
