"""One Chromium per process, opened when first needed; each visit in a context of its own, every wait bounded."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from events.errors import Unavailable
from events.settings import Clock, utc_now

if TYPE_CHECKING:
    from playwright.async_api import Browser as Chromium
    from playwright.async_api import BrowserContext, Dialog, Page, Playwright, Route

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")  # no windows: opens a page in a third of the time
STEP = 15_000  # ms for one step of a page
MISSING = "no Chromium was found: install one (Debian: apt-get install chromium), or run `playwright install chromium`"
MASK = "input, [data-private]"
# e-mail; phone and card numbers
_SECRETS = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]{1,190}|\b\d(?:[ -]?\d){9,18}\b")


async def _driver() -> Playwright:
    """What speaks with Chromium, a program of its own. Raises Unavailable where it does not run."""
    from playwright.async_api import async_playwright

    try:
        return await async_playwright().start()
    except Exception as broken:  # Playwright knows no better name for it
        if type(broken) is not Exception:
            raise
        what = f"Playwright's driver does not start ({broken}): run `playwright --version` and see what is missing"
        raise Unavailable(f"{what} (Debian: apt-get install libatomic1)") from None


def find_browser(named: str = "", headless: bool = True) -> str | None:
    """The path of a Chromium: the named one, one in PATH, else Playwright's own download; where nobody needs to see its
    windows, one without them before the others.
    """
    if named:
        return named if Path(named).exists() else None
    for name in (*SHELLS, *NAMES) if headless else NAMES:
        if found := shutil.which(name):
            return found
    root = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "~/.cache/ms-playwright")).expanduser()
    own = sorted(root.glob("chromium*/chrome-linux*/chrome")) + sorted(root.glob("chromium*/chrome-mac*/**/Chromium"))
    if headless:
        own += sorted(root.glob("chromium_headless_shell*/chrom*/*headless*shell"))
    return str(own[-1]) if own else None


class Browser:
    """Lends pages. A Chromium that died is started anew at the next loan."""

    def __init__(self, named: str = "", headless: bool = True, host: str = "", now: Clock = utc_now) -> None:
        """With `host` Chromium knows no other host's address, whoever asks for it: a redirect, a socket, a worker.
        Pages live by `now`, where that is another clock than the machine's."""
        self._named, self._headless, self._host, self._now = named, headless, host, now
        self._lock = asyncio.Lock()
        self._playwright: Playwright | None = None
        self._chromium: Chromium | None = None

    async def warm(self) -> None:
        """Start Chromium now, so that the first booking need not wait for it. Raises Unavailable."""
        await self._open()

    async def _open(self) -> Chromium:
        from playwright.async_api import Error  # 0.14 s of import: only where a browser is used

        async with self._lock:
            if self._chromium is not None and self._chromium.is_connected():
                return self._chromium
            path = find_browser(self._named, self._headless)
            if path is None:
                raise Unavailable(MISSING)
            if self._playwright is None:
                self._playwright = await _driver()
            arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
            arguments += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
            if self._host:
                arguments.append(f"--host-resolver-rules={_resolver_rules(self._host)}")
            if os.geteuid() == 0:
                arguments.append("--no-sandbox")  # Chromium refuses its sandbox to root
            try:
                self._chromium = await self._playwright.chromium.launch(
                    executable_path=path,
                    headless=self._headless,
                    args=arguments,
                    timeout=STEP,
                    handle_sigint=False,
                    handle_sigterm=False,
                )
            except Error as broken:
                raise Unavailable(f"Chromium at {path} does not start: {str(broken).splitlines()[0]}") from None
            return self._chromium

    async def lend(self, base_url: str, cookies: list[dict[str, Any]]) -> Page:
        """A page in a fresh context that may visit only the site's own host. Raises Unavailable."""
        from playwright.async_api import Error

        host = urlsplit(base_url).hostname or ""

        async def guard(route: Route) -> None:
            target = urlsplit(route.request.url)
            own = target.scheme == "data" or _own_host(target.hostname or "", host)
            with contextlib.suppress(Error):
                await (route.continue_() if own else route.abort())

        try:
            chromium = await self._open()
            context: BrowserContext = await chromium.new_context(
                accept_downloads=False, service_workers="block", viewport=VIEW
            )
            context.set_default_timeout(STEP)
            await context.route("**/*", guard)
            if cookies:
                await context.add_cookies([_cookie(c, base_url) for c in cookies])  # type: ignore[misc]
            page = await context.new_page()
            if self._now is not utc_now:
                await page.clock.set_system_time(self._now())
            page.on("dialog", _answer)
            context.on("page", _close)  # whatever a page pops up is not part of the visit
            return page
        except Error as broken:
            raise Unavailable(f"the browser is gone: {str(broken).splitlines()[0]}") from None

    async def take_back(self, page: Page) -> None:
        """Close a page's context; bounded, never raises."""
        with contextlib.suppress(Exception):
            await asyncio.wait_for(page.context.close(), 5)

    async def close(self) -> None:
        """End Chromium."""
        with contextlib.suppress(Exception):
            if self._chromium is not None:
                await asyncio.wait_for(self._chromium.close(), 5)
            if self._playwright is not None:
                await asyncio.wait_for(self._playwright.stop(), 5)


async def _answer(dialog: Dialog) -> None:
    """A page's own dialog box: no to everything, but never kept from leaving."""
    from playwright.async_api import Error

    with contextlib.suppress(Error):
        await (dialog.accept() if dialog.type == "beforeunload" else dialog.dismiss())


async def _close(page: Page) -> None:
    from playwright.async_api import Error

    with contextlib.suppress(Error):
        await page.close()


VIEW: Any = {"width": 1100, "height": 900}


def _family(own: str) -> str:
    """The registered name that a host shares with its siblings (`services-in.` beside `in.`); "" for an address."""
    plain = own.replace(".", "").isdecimal() or ":" in own
    return "" if plain or own.count(".") < 2 else own.split(".", 1)[1]


def _own_host(host: str, own: str) -> bool:
    """The site's host, or one of the same registered name."""
    family = _family(own)
    return host == own or bool(family and host.endswith("." + family))


def _resolver_rules(own: str) -> str:
    family = _family(own)
    return f"MAP * ~NOTFOUND , EXCLUDE {own}" + (f" , EXCLUDE *.{family}" if family else "")


def _cookie(cookie: dict[str, Any], base_url: str) -> dict[str, Any]:
    return {"name": cookie["name"], "value": cookie["value"], "url": base_url}


def masked_text(text: str) -> str:
    """What a page says, as an event may hold it: e-mail, phone and card numbers are covered."""
    return _SECRETS.sub("••••", text)


async def masked_picture(page: Page) -> bytes | None:
    """A screenshot (PNG) with every input field and every e-mail, phone or card number covered; None if it fails."""
    with contextlib.suppress(Exception):
        private = page.get_by_text(_SECRETS)
        return await page.screenshot(mask=[page.locator(MASK), private], timeout=5_000)
    return None


async def picture_of(page: Page, address: str) -> bytes | None:
    """A masked screenshot (PNG) of an address, or None where it cannot be opened."""
    with contextlib.suppress(Exception):
        await page.goto(address, wait_until="domcontentloaded")
        return await masked_picture(page)
    return None
