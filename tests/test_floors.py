"""The contracts of pyproject.toml bite: each is broken on purpose in a copy of the tree, and must be found broken."""

import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RULES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
BREAKS = [
    ("Imports go down the stairs", "events/broken.py", "import services.desk"),
    ("Imports go down the stairs", "projections/broken.py", "import sites.matching"),
    ("The sandbox is the outside world", "sandbox/broken.py", "import events.wish"),
    ("Only the front door opens the sandbox", "services/broken.py", "import sandbox.nats_server"),
    ("Rules are pure", "events/lifecycle.py", "import time"),
    ("Only sites drive a browser", "services/broken.py", "import playwright.async_api"),
    ("Only the chat speaks to Telegram", "usher/broken.py", "import aiogram"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the floors and their rules."""
    folder = tmp_path_factory.mktemp("tree")
    for name in RULES["root_packages"]:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken(tree: Path) -> set[str]:
    """The contracts that import-linter finds broken."""
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run(
        [linter, "--no-cache"], cwd=tree, env={"PYTHONPATH": str(tree)}, capture_output=True, text=True, check=False
    )
    verdicts = [line.rsplit(" ", 1) for line in done.stdout.splitlines() if line.endswith((" KEPT", " BROKEN"))]
    assert {name for name, _ in verdicts} == {rule["name"] for rule in RULES["contracts"]}, done.stdout + done.stderr
    found = {name for name, verdict in verdicts if verdict == "BROKEN"}
    assert bool(found) == bool(done.returncode)
    return found


def test_the_tree_itself_keeps_every_contract(tree: Path) -> None:
    assert broken(tree) == set()


@pytest.mark.parametrize(("contract", "file", "line"), BREAKS, ids=lambda part: part.replace(" ", "-"))
def test_a_broken_contract_is_found(tree: Path, contract: str, file: str, line: str) -> None:
    path = tree / file
    before = path.read_text() if path.exists() else None
    path.write_text(f"{line}\n{before or ''}".replace("from __future__ import annotations\n", ""))
    try:
        assert contract in broken(tree)
    finally:
        path.unlink() if before is None else path.write_text(before)


def test_no_contract_goes_unbroken() -> None:
    assert {contract for contract, _, _ in BREAKS} == {rule["name"] for rule in RULES["contracts"]}
