"""Postgres away and back, seen through the web process: 503 in the caller's format meanwhile."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx
import pytest
from django.db import connection

pytestmark = pytest.mark.acceptance
PATIENCE_SECONDS = 30
SESSION = {"sessionid": "0" * 32}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@asynccontextmanager
async def postgres_at(port: int) -> AsyncIterator[None]:
    """Forward the port to the real Postgres for as long as the block runs."""
    host, real_port = connection.settings_dict["HOST"], int(connection.settings_dict["PORT"])

    async def pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while chunk := await source.read(65536):
                target.write(chunk)
        finally:
            target.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(host, real_port)
        await asyncio.gather(
            pipe(reader, far_writer), pipe(far_reader, writer), return_exceptions=True
        )

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


@asynccontextmanager
async def web_process(database_port: int) -> AsyncIterator[httpx.AsyncClient]:
    """The web process with its database at that port."""
    port = free_port()
    settings = connection.settings_dict
    database = f"{settings['USER']}:{settings['PASSWORD']}@127.0.0.1:{database_port}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"postgresql://{database}/{settings['NAME']}",
        "HIGHWATER_PORT": str(port),
        "HIGHWATER_BASE_URL": f"http://127.0.0.1:{port}",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dashboard.serve", env=environment
    )
    base = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=base, cookies=SESSION, timeout=20) as client:
            await until_it_answers(client)
            yield client
    finally:
        process.terminate()
        assert await process.wait() == 0


async def until_it_answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await client.get("/healthz")
                return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


def shown(response: httpx.Response) -> tuple[int, str]:
    return response.status_code, response.headers["Content-Type"].partition(";")[0]


@pytest.mark.django_db(transaction=True)
async def test_an_outage_is_told_in_the_callers_format_and_passes() -> None:
    assert urlsplit(os.environ["DATABASE_URL"]).scheme.startswith("postgres")
    port = free_port()
    async with web_process(port) as client:
        problem, page = await client.get("/api/v1/clusters"), await client.get("/admin/")
        assert shown(problem) == (503, "application/problem+json")
        assert shown(page) == (503, "text/html")
        assert "Traceback" not in page.text and "does not answer" in page.text
        assert problem.headers["Retry-After"] == "5"
        assert (await client.get("/healthz")).status_code == 200
        async with postgres_at(port):
            assert (await client.get("/api/v1/clusters")).status_code == 401
            assert (await client.get("/admin/")).status_code == 302
        assert (await client.get("/api/v1/clusters")).status_code == 503


@pytest.mark.django_db(transaction=True)
async def test_a_body_without_an_announced_length_is_cut_off() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _chunk in range(200):
            yield b"x" * 50_000

    async with web_process(free_port()) as client:
        response = await client.post("/api/v1/replays/rewind", content=endless())
    assert shown(response) == (413, "application/problem+json")
