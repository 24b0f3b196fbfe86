"""The three nodes of `nats.conf` as processes of this machine, with a wire from each to each that can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
from pathlib import Path
from typing import NamedTuple

import aiohttp
from nats.aio.client import Client

from events.errors import Unavailable
from events.settings import utc_now
from events.streams import api
from sandbox.nats_server import NatsServer, find_binary
from usher.bench.wire import Wire
from usher.certificates import CA, make_certificates
from usher.cluster import cluster_conf, environment
from usher.identities import Identities

NAMES = ("n1", "n2", "n3")


class Ports(NamedTuple):
    """Where one node listens."""

    client: int
    monitor: int
    routes: int


def free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago; all are held until the last one is known, so they differ."""
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in held]


class Nodes:
    """A cluster. `server.url` names all nodes; `ca` is what clients know them by; `keys` are its users."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.ca = str(folder / "tls" / CA)
        self.keys = Identities(home / "nats-keys", self.ca)
        ports = iter(free_ports(3 * len(NAMES)))
        self._ports = {name: Ports(next(ports), next(ports), next(ports)) for name in NAMES}
        self._wires = {
            (source, target): Wire(self._ports[target].routes)
            for source in NAMES
            for target in NAMES
            if source != target
        }
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self.server = NatsServer(",".join(self.url(name) for name in NAMES), "", 0)

    def url(self, name: str) -> str:
        """One node's address for clients."""
        return f"tls://127.0.0.1:{self._ports[name].client}"

    @property
    def pid_files(self) -> tuple[Path, ...]:
        """Where each node notes its process id."""
        return tuple(self.folder / f"{name}.pid" for name in NAMES)

    async def start(self) -> None:
        """Start every node and wait until all are healthy."""
        await asyncio.to_thread(self._write)
        for wire in self._wires.values():
            await wire.start()
        for name in NAMES:
            await self.start_node(name)
        for name in NAMES:
            await self.healthy(name)

    def _write(self) -> None:
        make_certificates(self.folder / "tls", NAMES, utc_now())
        (self.folder / "nats.conf").write_text(cluster_conf())

    async def start_node(self, name: str) -> None:
        """Start one node; its routes to the others go through its own wires."""
        ports = self._ports[name]
        routes = [wire.url for (source, _), wire in self._wires.items() if source == name]
        variables = dict(line.split("=") for line in environment(self.keys).split()) | {
            "SERVER_NAME": name,
            "CLIENT_LISTEN": f"127.0.0.1:{ports.client}",
            "MONITOR_LISTEN": f"127.0.0.1:{ports.monitor}",
            "CLUSTER_LISTEN": f"127.0.0.1:{ports.routes}",
            "CLUSTER_ROUTES": json.dumps(routes),
            "STORE_DIR": str(self.folder / name),
            "STORE_KEY": '""',
            "TLS_CERT": str(self.folder / "tls" / f"{name}.pem"),
            "TLS_KEY": str(self.folder / "tls" / f"{name}.key"),
            "TLS_CA": self.ca,
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                *(find_binary(), "-c", str(self.folder / "nats.conf"), "-P", str(self.folder / f"{name}.pid")),
                env=os.environ | variables,
                stdout=log,
                stderr=log,
            )

    async def healthy(self, name: str, within: float = 60.0) -> None:
        """Wait until a node holds all that it shall hold. Raises Unavailable."""
        url = f"http://127.0.0.1:{self._ports[name].monitor}/healthz"
        with contextlib.suppress(TimeoutError):
            async with aiohttp.ClientSession() as http, asyncio.timeout(within):
                while True:
                    with contextlib.suppress(aiohttp.ClientError):
                        async with http.get(url) as answer:
                            if answer.status == 200:
                                return
                    await asyncio.sleep(0.05)
        raise Unavailable(f"node {name} is not healthy after {within:.0f} s: see {self.folder / f'{name}.log'}")

    async def leader(self, nc: Client, stream: str) -> str:
        """The node that leads a stream. Raises Unavailable."""
        found = (await api(nc, f"STREAM.INFO.{stream}")).get("cluster", {}).get("leader")
        if not found:
            raise Unavailable(f"{stream} has no leader just now")
        return str(found)

    async def kill_node(self, name: str) -> None:
        """End a node as a power cut would."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def part(self, name: str, seconds: float) -> None:
        """Cut one node off from the others, and the others from it; clients reach it all the same."""
        hit = [wire for pair, wire in self._wires.items() if name in pair]
        await asyncio.gather(*(wire.cut(seconds, silent=False) for wire in hit))

    async def kill(self) -> None:
        """End all nodes at once."""
        for name in list(self._running):
            await self.kill_node(name)

    async def stop(self) -> None:
        """End all nodes and wires."""
        await self.kill()
        for wire in self._wires.values():
            await wire.stop()
