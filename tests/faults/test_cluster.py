"""compose.yaml: what it says is right, and what it says is run, as processes, while its leader is killed."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.cluster import ACTORS, COMPOSE, NODES, ROOT, SERVICES, Cluster
from tests.faults.harness import ACTORS as FLEET
from tests.faults.harness import FINAL, invariants, scene
from usher.compose import ACTORS as RUN

FILM = "Dune: Part Three"
ENVIRONMENT = SERVICES["desk"]["environment"]


def test_docker_reads_the_file(tmp_path: Path) -> None:
    ways = (["docker", "compose"], ["docker-compose"])
    found = [
        way for way in ways if shutil.which(way[0]) and subprocess.run([*way, "version"], check=False).returncode == 0
    ]
    if not found:
        pytest.skip("no `docker compose` here: the tests beside this one check the file by a YAML reader")
    shutil.copy(ROOT / "compose.yaml", tmp_path)
    made = os.environ | {"USHER_NATS_KEYS": str(tmp_path / "nats-keys")}
    keys = subprocess.run([sys.executable, "-m", "usher", "cluster", "keys"], env=made, capture_output=True, check=True)
    (tmp_path / "nats-keys.env").write_bytes(keys.stdout)
    wanted = os.environ | {"USHER_SITE_URL": "https://x.invalid", "USHER_BOT_TOKEN": "1:x", "USHER_LOOK_EVERY": "7"}
    command = [*found[0], "--profile", "*", "config", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, env=wanted, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    read = json.loads(done.stdout)["services"]
    assert read.keys() == SERVICES.keys()
    assert {name: read[name]["command"] for name in ACTORS} == {name: ["run", name] for name in ACTORS}
    assert read["watcher"]["environment"]["USHER_LOOK_EVERY"] == "7"
    assert read["watcher"]["environment"]["USHER_QR_EVERY"] is None  # not set: nothing is passed on
    assert "USHER_BOT_TOKEN" not in read["watcher"]["environment"]


def test_there_is_a_service_for_each_actor_and_it_runs_just_that() -> None:
    assert set(ACTORS) == set(RUN)
    assert {name: SERVICES[name]["command"] for name in ACTORS} == {name: ["run", name] for name in ACTORS}


def test_every_actor_can_be_scaled() -> None:
    for name in ACTORS:
        assert not SERVICES[name].keys() & {"container_name", "hostname", "ports"}, name
        assert all(":" in volume for volume in SERVICES[name]["volumes"]), name


def test_every_volume_and_dependency_is_declared() -> None:
    for name, service in SERVICES.items():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            own_seed = source == f"./nats-keys/{'admin' if name == 'declare' else name}.seed"
            own_certificate = source in {"./nats-tls/ca.pem", f"./nats-tls/{name}.pem", f"./nats-tls/{name}.key"}
            known = own_seed or own_certificate or source in COMPOSE["volumes"] or (ROOT / source).is_file()
            shells = name == "cli" and source == "./nats-keys"
            assert known or shells, (name, volume)
        assert set(service.get("depends_on", ())) <= {*NODES, "declare"}, name
        assert service["restart"] == {"declare": "on-failure:8", "cli": "no"}.get(name, "unless-stopped")
    own = [volume.split(":")[0] for name in NODES for volume in SERVICES[name]["volumes"] if ":/data" in volume]
    assert len(set(own)) == len(NODES) == 3


def test_every_setting_that_is_told_of_can_be_given_to_a_container() -> None:
    told = set(re.findall(r"^#(USHER_[A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    # where state lies and what listens is the image's; the nodes and their keys are compose.yaml's own
    given = {"USHER_HOME", "USHER_CHROMIUM", "USHER_CONSOLE_PORT", "USHER_CHAT", "USHER_STORE_KEY"}
    assert told - given <= set().union(*(SERVICES[name]["environment"] for name in ACTORS))


def test_the_containers_user_is_who_owns_the_seeds() -> None:
    assert SERVICES["desk"]["build"]["args"] == {"UID": "${USHER_UID:-1000}"}
    assert 'useradd --uid "$UID"' in (ROOT / "Dockerfile").read_text()


def test_every_node_is_named_once_and_reached_by_its_services_name() -> None:
    assert len({SERVICES[name]["environment"]["SERVER_NAME"] for name in NODES}) == 3
    for name in NODES:
        routes = json.loads(SERVICES[name]["environment"]["CLUSTER_ROUTES"])
        assert routes == [f"nats://{node}:6222" for node in NODES]
    assert ENVIRONMENT["USHER_NATS_URL"].split(",") == [f"tls://{node}:4222" for node in NODES]
    assert ENVIRONMENT["USHER_REPLICAS"] == str(len(NODES))


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("step", ["watch_started", "tickets_detected", "seats_held", "payment_submitted"])
async def test_a_leader_killed_in_the_middle_loses_nothing_and_books_once(tmp_path: Path, step: str) -> None:
    assert set(FLEET) <= set(ACTORS)
    cluster = Cluster(tmp_path)
    async with scene(tmp_path, cluster, USHER_REPLICAS=ENVIRONMENT["USHER_REPLICAS"], USHER_NATS_CA=cluster.ca) as one:
        for extra in ("booker2", "watcher2"):
            await one.fleet.start(extra)
        job = await one.desk("job.create", wish={"film": FILM, "city": "Hyderabad"})
        await one.event("watch_started", within=60)
        if step != "watch_started":
            await one.call("POST", "sale", film=FILM, open=True)
            await one.event(step, within=60)
        before = list(one.names)
        node = await cluster.kill_leader(one.usher.nc, "JOBS")
        if step == "watch_started":
            await one.call("POST", "sale", film=FILM, open=True)
        found = await one.ended(job["job"], within=120)
        assert found["status"] == "SUCCESS", (found, one.names)
        assert invariants(await one.call("GET", "ledger"), found) == [], one.names
        await cluster.start_node(node)  # the node comes back and follows: what it missed is there too
        rows = await one.usher.ask("usher.query.timeline", {"job_id": job["job"]})
        kept = [row["type"] for row in rows]
        assert set(before) <= set(kept), (before, kept)
        assert kept.count("booked") == 1
        assert FINAL & set(kept) == {"booked"}
