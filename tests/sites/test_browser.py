"""Which Chromium is taken: one without windows only where nobody needs to see them."""

from pathlib import Path

import pytest

from sites.browser import find_browser


def test_a_chromium_with_windows_is_taken_only_where_they_are_asked_for_or_there_is_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    assert find_browser() is None
    shell, whole = (_program(tmp_path / name) for name in ("chromium-headless-shell", "chromium"))
    assert (find_browser(), find_browser(headless=False)) == (shell, whole)
    Path(shell).unlink()
    assert find_browser() == whole


def test_playwrights_own_download_is_chosen_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    shell = _program(tmp_path / "chromium_headless_shell-1200/chrome-headless-shell-linux64/chrome-headless-shell")
    assert (find_browser(), find_browser(headless=False)) == (shell, None)
    whole = _program(tmp_path / "chromium-1200/chrome-linux/chrome")
    assert (find_browser(), find_browser(headless=False)) == (shell, whole)


def _program(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return str(path)
