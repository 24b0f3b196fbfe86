"""The network between an actor and NATS: a small TCP proxy that can be cut or made silent for a while."""

from __future__ import annotations

import asyncio
import contextlib


class Wire:
    """Carries every connection to one port of this machine. Silent: nothing passes, nothing is closed."""

    def __init__(self, port: int) -> None:
        self.url = ""
        self._target, self._carries = port, asyncio.Event()
        self._carries.set()
        self._cuts = self._severed = 0  # those that last: they may overlap
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port; `url` is the address for a client."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"nats://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close everything."""
        self._sever()
        if self._server is not None:
            self._server.close()

    async def cut(self, seconds: float, silent: bool) -> None:
        """Break the wire for a while: closed at once, or silent as behind a dead router."""
        self._carries.clear()
        self._cuts += 1
        self._severed += not silent
        if not silent:
            self._sever()
        await asyncio.sleep(seconds)
        self._cuts -= 1
        self._severed -= not silent
        if not self._cuts:
            self._carries.set()

    def _sever(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._severed:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self._open |= pair
        ways = [asyncio.ensure_future(self._carry(*way)) for way in ((reader, far_writer), (far_reader, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for end in pair:
                end.transport.abort()
            self._open -= pair

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self._carries.wait()
                writer.write(data)
                await writer.drain()
