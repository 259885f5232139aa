"""A real browser on the console: the system's Chromium, and pages that must not complain.

Every page a journey opens is watched: an error in the browser's console, a script that throws,
a file the content policy refuses, an answer of 500 or a page wider than the window fails the test,
whatever else it looked at.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import Group
from playwright.sync_api import Browser, BrowserContext, Page, Response, sync_playwright

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser

PASSWORD = "a-long-enough-word-7"
PATIENCE_MS = 15_000
WITHOUT_NOISE = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    """The browser to drive: CHROMIUM, or where Debian installs it."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@dataclass
class Desk:
    """One operator at their browser. Shape: `base` is the console's address without a path."""

    base: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(f"{self.base}{path}")
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.complaints.append(f"{path} scrolls sideways")
        return self.page

    def sign_in(self, username: str) -> Page:
        page = self.open("/account/login/")
        page.fill("input[name=login]", username)
        page.fill("input[name=password]", PASSWORD)
        page.get_by_role("button", name="Sign In", exact=True).click()
        return page

    def submit(self, name: str) -> None:
        """Press the dialog's own button; the page it leads to is awaited."""
        with self.page.expect_navigation():
            self.page.locator("#dialog").get_by_role("button", name=name, exact=True).click()

    def prefer(self, username: str, language: str) -> None:
        """Screens in this language from the next page on."""
        StaffUser.objects.filter(username=username).update(language=language)
        cookie = {"name": "django_language", "value": language, "url": self.base}
        self.page.context.add_cookies([cookie])

    def by_day_and_by_night(self, opened: Callable[[], Page]) -> Iterator[Page]:
        """The page on a small screen in the dark, then on a large one in the light."""
        for width, scheme in ((900, "dark"), (1440, "light")):
            self.page.set_viewport_size({"width": width, "height": 900})
            page = opened()
            page.evaluate(
                "(is) => document.documentElement.classList.toggle('dark', is)", scheme == "dark"
            )
            yield page

    def watch(self, context: BrowserContext) -> None:
        context.on("console", lambda entry: self._note(entry.type, entry.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("response", self._answered)

    def _note(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def _answered(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser a file: Playwright's event loop would otherwise run under every later test."""
    path = chromium()
    if not os.path.exists(path):
        pytest.skip(f"no Chromium at {path}: install it, or say where it is in CHROMIUM")
    with mock.patch.dict(os.environ, DJANGO_ALLOW_ASYNC_UNSAFE="true"), sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=WITHOUT_NOISE)
        yield started
        started.close()


@pytest.fixture
def desk(browser: Browser, live_server: Any, settings: Any) -> Iterator[Callable[[], Desk]]:
    """Opens one more desk with its own cookies; at the end none of them may have complained."""
    settings.ALLOWED_HOSTS = ["*"]
    opened: list[tuple[Desk, BrowserContext]] = []

    def one_more() -> Desk:
        context = browser.new_context(locale="en", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        made = Desk(live_server.url.replace("127.0.0.1", "localhost"), context.new_page())
        made.watch(context)
        opened.append((made, context))
        return made

    yield one_more
    complaints = [text for made, _context in opened for text in made.complaints]
    for _made, context in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def employ() -> Callable[..., StaffUser]:
    """Somebody with one role, a password and English screens."""

    def make(role: Role, username: str = "") -> StaffUser:
        user = StaffUser.objects.create_user(
            username or role.value.replace(" ", "-"), password=PASSWORD, is_staff=True,
            language="en",
        )  # fmt: skip
        user.groups.set([Group.objects.get(name=role.value)])
        return user

    return make
