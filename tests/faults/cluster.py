"""The topology of compose.yaml as processes of this machine: its services, its nats.conf, its environment; only host
names, ports and folders are this machine's.
"""

import asyncio
import contextlib
import json
import signal
from pathlib import Path
from typing import Any

import aiohttp
import nats
import yaml

from events.settings import utc_now
from sandbox.nats_server import NatsServer, find_binary
from usher.bench.cluster.nodes import free_ports
from usher.certificates import make_certificates
from usher.cluster import environment
from usher.identities import Identities

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
NODES = tuple(name for name, service in SERVICES.items() if service["image"].startswith("nats:"))
ACTORS = tuple(name for name in SERVICES if name not in {*NODES, "declare", "cli"})


class Cluster:
    """Three nodes. `server.url` names all of them, as USHER_NATS_URL does in compose.yaml; `ca`: USHER_NATS_CA."""

    def __init__(self, folder: Path, store_key: str = "") -> None:
        self.folder, self._store_key = folder, store_key
        self.ca = str(folder / "tls" / "ca.pem")
        self.keys = Identities(folder / "home" / "nats-keys", self.ca)
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._ports = dict(zip(NODES, zip(*[iter(free_ports(3 * len(NODES)))] * 3, strict=True), strict=True))
        make_certificates(folder / "tls", NODES, utc_now())
        wanted = SERVICES["desk"]["environment"]["USHER_NATS_URL"]
        for node, (client, _, _) in self._ports.items():
            wanted = wanted.replace(f"{node}:4222", f"127.0.0.1:{client}")
        self.server = NatsServer(wanted, "", 0)

    async def start(self) -> None:
        """Start every node and wait until all of them are healthy."""
        for node in NODES:
            await self.start_node(node)
        for node in NODES:
            await self._healthy(node)

    async def start_node(self, node: str) -> None:
        """Start one node with the environment that compose.yaml gives it."""
        client, monitor, cluster = self._ports[node]
        routes = [f"nats://127.0.0.1:{ports[2]}" for ports in self._ports.values()]
        here = {
            "CLIENT_LISTEN": f"127.0.0.1:{client}",
            "MONITOR_LISTEN": f"127.0.0.1:{monitor}",
            "CLUSTER_LISTEN": f"127.0.0.1:{cluster}",
            "CLUSTER_ROUTES": json.dumps(routes),
            "STORE_DIR": str(self.folder / node),
            "STORE_KEY": f'"{self._store_key}"',
            "TLS_CERT": str(self.folder / "tls" / f"{node}.pem"),
            "TLS_KEY": str(self.folder / "tls" / f"{node}.key"),
            "TLS_CA": self.ca,
        }
        users = dict(line.split("=") for line in environment(self.keys).split())
        declared: dict[str, str] = SERVICES[node]["environment"] | users
        assert here.keys() < declared.keys(), "compose.yaml does not give what this machine must replace"
        log = (self.folder / f"{node}.log").open("ab")
        self._running[node] = await asyncio.create_subprocess_exec(
            *(find_binary(), "-c", str(ROOT / "nats.conf")), env=declared | here, stdout=log, stderr=log
        )
        log.close()

    async def _healthy(self, node: str) -> None:
        async with aiohttp.ClientSession() as http, asyncio.timeout(30):
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"http://127.0.0.1:{self._ports[node][1]}/healthz") as answer:
                        if answer.status == 200:
                            return
                await asyncio.sleep(0.05)

    async def kill_leader(self, nc: nats.NATS, stream: str) -> str:
        """SIGKILL to the node that leads a stream; its service's name."""
        reply = await nc.request(f"$JS.API.STREAM.INFO.{stream}", b"", timeout=5)
        name = json.loads(reply.data)["cluster"]["leader"]
        node = next(node for node in NODES if SERVICES[node]["environment"]["SERVER_NAME"] == name)
        await self.kill_node(node)
        return node

    async def kill_node(self, node: str) -> None:
        """End a node as a power cut would."""
        process = self._running.pop(node)
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def kill(self) -> None:
        """End all nodes at once."""
        for node in list(self._running):
            await self.kill_node(node)

    async def stop(self) -> None:
        """End what runs."""
        await self.kill()

    def port_of_routes(self, node: str) -> int:
        """Where the other nodes reach this one."""
        return self._ports[node][2]
