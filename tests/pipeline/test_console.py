"""The console in a real Chromium, over a real pipeline: what an operator sees and does, without a reload, by keyboard too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from glue_etl.aws.operating.deployment import find_deployment
from glue_etl.console.serving import Console
from glue_etl.core.files.states import State
from tests.pipeline.running import HEADER, Running, running, transactions

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
if CHROMIUM is None:
    pytest.skip("no Chromium on this machine: apt-get install chromium", allow_module_level=True)

from axe_playwright_python.base import AXE_SCRIPT  # noqa: E402
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright  # noqa: E402

pytestmark = pytest.mark.pipeline
expect.set_options(timeout=60_000)
DAY = "2024/01/31"
GOOD, BAD, SPOILT = f"{DAY}/transactions_good.csv", f"{DAY}/transactions_bad.csv", f"{DAY}/readings.csv"
FILES = {
    GOOD: transactions(range(20)),
    BAD: (HEADER + "".join(f"{n},,,-{n}\n" for n in range(200, 210))).encode(),
    SPOILT: b"id,place\n" + b"".join(b"%d,north\n" % n for n in range(30)) + b"31,north,too much\n",
}
PATIENCE = 240_000
"""Milliseconds that a run may take here, beside other tests."""
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "color_scheme": "light"},
}


def _silent(message: str, /, **fields: Any) -> None:
    return None


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("console")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def console_of(pipeline: Running, *roles: str) -> Console:
    found = find_deployment(pipeline.stack.name, pipeline.cloud.client, _silent)
    console = Console(found, "ann", roles or ("read", "rows", "operate"))
    console.start()
    return console


@pytest.fixture(scope="module")
def console(pipeline: Running) -> Iterator[Console]:
    found = console_of(pipeline)
    yield found
    found.close()


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the browser complained of: errors of scripts, refusals of the policy, answers that were no success."""
    return []


@pytest.fixture(scope="module")
def page(browser: Browser, console: Console, said: list[str]) -> Iterator[Page]:
    context = browser.new_context(**SCREENS["desktop"])
    yield opened(context, console, said)
    context.close()


def opened(context: BrowserContext, console: Console, said: list[str]) -> Page:
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(console.address)
    return page


def row_of(page: Page, name: str) -> Any:
    return page.get_by_role("row").filter(has_text=name)


def test_a_file_that_is_dropped_is_seen_to_arrive_and_to_be_published(pipeline: Running, page: Page) -> None:
    """Nobody reloads; the empty page says what to do."""
    expect(page.get_by_text("No file yet.")).to_be_visible()
    assert "token" not in page.url
    page.evaluate("window.sameDocument = true")
    pipeline.drop(FILES)
    expect(row_of(page, GOOD).get_by_text("RUNNING")).to_be_visible(timeout=PATIENCE)
    expect(row_of(page, GOOD).get_by_text("PUBLISHED")).to_be_visible(timeout=PATIENCE)
    expect(row_of(page, BAD).get_by_text("QUARANTINED")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("status").filter(has_text=" is ")).not_to_be_empty()
    assert page.evaluate("window.sameDocument")


def test_what_needs_somebody_is_told_with_the_list_and_the_command(page: Page) -> None:
    expect(page.get_by_text("One thing needs somebody")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("glue-etl quarantine list")).to_be_visible()
    page.get_by_role("link", name="1 file QUARANTINED").click()
    expect(row_of(page, BAD)).to_be_visible()
    expect(row_of(page, GOOD)).to_have_count(0)
    page.get_by_role("link", name="Now").click()


def test_a_bad_file_says_why_with_the_rows_that_failed(page: Page) -> None:
    page.get_by_role("link", name=BAD).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(BAD)
    assert page.evaluate("document.activeElement.tagName") == "H1"
    expect(page.get_by_text("set aside by its audit")).to_be_visible()
    expect(page.get_by_role("heading", name="customer_id: 10 of 10 values failed")).to_be_visible()
    expect(page.get_by_role("heading", name="Kept in quarantine")).to_be_visible()
    page.get_by_role("button", name="Open the whole report").click()
    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", level=1)).to_be_visible()
    assert report.locator("body").evaluate("it => getComputedStyle(it).maxWidth") == "1216px", "the report has no style"


def test_records_that_are_no_rows_are_shown_with_their_lines(page: Page) -> None:
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_label("Key begins with").fill(f"{DAY}/readings")
    page.get_by_role("button", name="Show", exact=True).click()
    page.get_by_role("link", name=SPOILT).click()
    expect(page.get_by_role("row").filter(has_text="too much").get_by_role("rowheader")).to_have_text("32")


def test_a_quarantined_file_is_released_by_keyboard_alone(pipeline: Running, page: Page) -> None:
    page.get_by_role("link", name="Now").click()
    page.get_by_role("link", name=BAD).click()
    expect(page.get_by_role("button", name="Release…")).to_be_visible()
    page.get_by_role("button", name="Release…").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("published whatever its audit says, under your name")).to_be_visible()
    expect(dialog.get_by_text("api ann")).to_be_visible()
    expect(dialog.get_by_role("button", name="Release", exact=True)).to_be_disabled()
    dialog.get_by_role("textbox", name="Why").focus()
    page.keyboard.type("agreed with the supplier")
    dialog.get_by_role("button", name="Release", exact=True).focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("Done: will be read again")).to_be_visible()
    expect(page.get_by_text("PUBLISHED: its rows can be queried")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("agreed with the supplier")).to_be_visible()
    expect(page.get_by_text("by api ann").first).to_be_visible()
    assert sorted(rows for ids in pipeline.rows().values() for rows in ids if rows >= 200) == list(range(200, 210))


def test_rows_are_shown_and_rolled_back_after_a_question(pipeline: Running, page: Page) -> None:
    page.get_by_role("link", name="Datasets", exact=True).click()
    page.get_by_role("link", name="transactions", exact=True).click()
    expect(page.get_by_text("DPU-seconds, $")).to_be_visible()
    expect(page.get_by_text("glue-etl replay --dataset transactions --dry-run")).to_be_visible()
    page.get_by_role("button", name="Show twenty rows").click()
    expect(page.get_by_role("table").filter(has_text="C000007")).to_be_visible()
    page.get_by_role("link", name=GOOD).first.click()
    before = pipeline.curated()
    page.get_by_role("button", name="Roll back…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("20 rows of transactions can't be queried any more")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert pipeline.curated() == before
    page.get_by_role("button", name="Roll back…").click()
    dialog.get_by_role("button", name="Roll back", exact=True).click()
    expect(page.get_by_text("Done: 20 rows were taken back")).to_be_visible()
    (record,) = (r for r in pipeline.ledger.by_dataset("transactions") if r.file.key.endswith(GOOD))
    assert record.batch_id not in pipeline.rows() and record.history[-1].by == "api ann"
    expect(page.get_by_text("a person took its rows back")).to_be_visible()
    expect(page.get_by_text(f"aws s3 cp transactions_good.csv s3://{pipeline.stack.raw_bucket}/")).to_be_visible()


def test_a_mended_version_ends_the_one_that_was_rolled_back(pipeline: Running, page: Page) -> None:
    """Then nothing needs anybody; the past of the dataset counts what is current."""
    page.get_by_role("link", name="Now").click()
    expect(page.get_by_text("One thing needs somebody")).to_be_visible()
    pipeline.drop({GOOD: transactions(range(25))})
    expect(page.get_by_text("All is at rest")).to_be_visible(timeout=PATIENCE)
    pipeline.await_closed_runs(100)
    key = pipeline.key(GOOD)
    found = {r.state: r for r in pipeline.ledger.by_key(pipeline.stack.raw_bucket, key)}
    assert set(found) == {"PUBLISHED", "SUPERSEDED"}
    assert found[State.SUPERSEDED].history[-1].source == "QUARANTINED" and found[State.SUPERSEDED].counted == ""
    assert [day.files for day in pipeline.ledger.history("transactions").days] == [2]


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    screen: str, browser: Browser, console: Console, pipeline: Running, said: list[str]
) -> None:
    context = browser.new_context(**SCREENS[screen])
    page = opened(context, console, said)
    [record] = pipeline.ledger.by_dataset("readings")
    places = (
        "",
        "files",
        f"files/{record.batch_id}",
        "runs",
        f"runs/{record.run_id}",
        "datasets",
        "datasets/readings",
        "sources",
        "alarms",
        "nowhere",
    )
    page.evaluate(AXE_SCRIPT)
    for place in places:
        page.evaluate("place => { location.hash = '#/' + place }", place)
        expect(page.get_by_text("Loading…")).to_have_count(0, timeout=PATIENCE)
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        told = [(each["id"], [node["html"][:120] for node in each["nodes"][:3]]) for each in found["violations"]]
        assert told == [], (place, json.dumps(told, indent=1))
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider == 0, place
    context.close()


def test_the_browser_had_nothing_to_complain_of(said: list[str]) -> None:
    assert said == []


def test_who_only_reads_is_told_so(browser: Browser, pipeline: Running) -> None:
    reader = console_of(pipeline, "read")
    context = browser.new_context()
    page = opened(context, reader, [])
    page.get_by_role("link", name=BAD).click()
    page.get_by_role("button", name="Roll back…").click()
    expect(page.get_by_role("dialog").get_by_text("this needs the scope glue-etl-pipeline/operate")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("button", name="Roll back", exact=True)).to_have_count(0)
    context.close()
    reader.close()


def test_a_server_that_ends_is_told_and_what_was_known_stays(browser: Browser, pipeline: Running) -> None:
    ending = console_of(pipeline)
    context = browser.new_context()
    page = opened(context, ending, [])
    expect(row_of(page, BAD)).to_be_visible()
    ending.close()
    context.set_offline(True)
    expect(page.get_by_text("No answer since").first).to_be_visible(timeout=30_000)
    expect(row_of(page, BAD)).to_be_visible()
    context.close()


def test_a_wrong_token_says_what_to_do(browser: Browser, console: Console) -> None:
    context = browser.new_context()
    page = opened(context, console, [])
    page.evaluate("sessionStorage.setItem('glue-etl-token', 'wrong')")
    page.reload()
    expect(page.get_by_text("open the address that `glue-etl console` prints").first).to_be_visible()
    context.close()
