"""Pages in a real Chromium, as people use them: no request, no rule of axe broken; dark, on a phone, by keyboard, on paper."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from glue_etl.reports.pages import dataset_page, file_page, run_page
from tests.reports import facts

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: apt-get install chromium", allow_module_level=True)

from axe_playwright_python.base import AXE_SCRIPT  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402

PAGES: dict[str, Callable[[], str]] = {
    "run": lambda: run_page(facts.mixed_run()),
    "hidden": lambda: run_page(facts.mixed_run(with_rows=False)),
    "file": lambda: file_page(facts.one_file()),
    "dataset": lambda: dataset_page(facts.dataset()),
}
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "color_scheme": "light"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    for name, page in PAGES.items():
        (found / f"{name}.html").write_text(page(), encoding="utf-8")
    return found


@pytest.fixture
def opened(browser: Browser, folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """Opens a page on a screen; at the end nothing may have been asked of any network, or been refused by the page's policy."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []

    def open_page(name: str, screen: str = "desktop") -> Page:
        context = browser.new_context(**SCREENS[screen])
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda each: asked.append(each.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto((folder / f"{name}.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(("file://", "data:,"))] == []
    assert len([url for url in asked if url.startswith("file://")]) == len(contexts)
    assert said == []


@pytest.mark.parametrize(("name", "screen"), [("hidden", "desktop"), *product(("run", "file", "dataset"), SCREENS)])
def test_axe_finds_nothing(name: str, screen: str, opened: Callable[..., Page]) -> None:
    page = opened(name, screen)
    page.evaluate(AXE_SCRIPT)
    found = page.evaluate("axe.run({resultTypes: ['violations', 'incomplete']})")
    told = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found["violations"]]
    assert told == [], json.dumps(told, indent=1)
    assert len(found["passes"]) > 15


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wider_than_a_small_phone(name: str, opened: Callable[..., Page]) -> None:
    page = opened(name, "phone")
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_the_style_is_taken_and_follows_the_screen_s_colours(opened: Callable[..., Page]) -> None:
    grounds = {
        s: opened("run", s).evaluate("getComputedStyle(document.body).backgroundColor") for s in ("desktop", "dark")
    }
    assert grounds == {"desktop": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 27)"}


def test_a_script_that_got_in_would_not_run(browser: Browser, folder: Path) -> None:
    page, said = browser.new_page(), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.goto((folder / "run.html").as_uri())
    script = "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    assert page.evaluate(f"() => {{ {script}; return window.ran || 0 }}") == 0
    page.close()
    assert "Content Security Policy" in " ".join(said)


def test_all_is_reached_by_keyboard(opened: Callable[..., Page]) -> None:
    page = opened("run")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the verdict"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "verdict"
    closed = page.query_selector("details:not([open]) summary")
    assert closed
    closed.focus()
    page.keyboard.press("Enter")
    assert closed.evaluate("it => it.parentElement.open") is True
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY", "DIV"} <= reached


def test_a_screen_reader_hears_the_verdict_and_what_the_plots_show(opened: Callable[..., Page]) -> None:
    tree = opened("dataset").locator("main").aria_snapshot()
    assert tree.index("The last file of transactions is published.") < tree.index("Scores over time")
    assert 'img "Overall of 60 files, lowest 86.5, last 87.5"' in tree and "✓" not in tree


def test_on_paper_every_file_is_open_and_nothing_is_cut(opened: Callable[..., Page]) -> None:
    page = opened("run")
    closed = page.locator("details:not([open]) .scores").first
    assert not closed.is_visible()
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 690, "height": 980})
    assert closed.evaluate("it => it.getBoundingClientRect().height") > 0
    assert (
        page.evaluate("Math.max(...[...document.querySelectorAll('table')].map(t => t.getBoundingClientRect().right))")
        <= 690
    )
