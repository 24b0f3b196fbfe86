"""The wheel holds all that usher needs: built, installed into a fresh environment, and used from there."""

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USE = """
import pathlib, sys, bot.texts, projections.projector, sites.bookmyshow.labels, sandbox.cinema.shop, usher.cli
made = projections.projector.Projection(pathlib.Path("made.sqlite3"))
assert made.db.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
assert sites.bookmyshow.labels._ALL
assert all(bot.texts.files("bot.texts").joinpath(f"{name}.toml").read_text() for name in ("en", "hi"))
assert (pathlib.Path(sandbox.cinema.shop.__file__).parent / "pages/style.css").is_file()
print(usher.cli.__file__)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("usher-*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path) -> Path:
    """A fresh environment with the wheel; its dependencies are borrowed from the one that runs the tests."""
    folder = wheel.parent / "venv"
    venv.create(folder)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "--no-deps", "--quiet"]
    subprocess.run([*pip, "--disable-pip-version-check", str(wheel)], check=True)
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([folder / "bin/python", "-c", ask], check=True, capture_output=True, text=True).stdout.strip()
    # a line in a .pth file is a folder to look in; the .pth files in there, our editable install's, are not read
    (Path(own) / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "bin"


def run(installed: Path, folder: Path, *command: str) -> str:
    """A command of the fresh environment, away from the source tree; what it printed."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("USHER_", "PYTHON"))}
    path = os.pathsep.join([str(installed), sysconfig.get_path("scripts"), clean["PATH"]])
    done = subprocess.run(
        [str(installed / command[0]), *command[1:]],
        cwd=folder,
        env=clean | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_file_of_the_packages_is_in_the_wheel(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    there = {
        str(path.relative_to(ROOT))
        for package in packages["packages"]
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert there <= held, there - held
    assert not any(name.startswith(("tests/", "docs/")) for name in held)


def test_an_installed_usher_finds_its_own_files(installed: Path, tmp_path: Path) -> None:
    assert "books the best seats" in run(installed, tmp_path, "usher", "--help")
    where = run(installed, tmp_path, "python", "-c", USE).strip()
    assert Path(where).is_relative_to(installed.parent)


@pytest.mark.slow
def test_an_installed_usher_books_a_ticket(installed: Path, tmp_path: Path) -> None:
    told = json.loads(run(installed, tmp_path, "usher", "demo", "--json").splitlines()[-1])
    assert (told["status"], told["charges"]) == ("SUCCESS", 1)
