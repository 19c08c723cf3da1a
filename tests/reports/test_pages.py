"""Pages say the verdict first, hide text of rows where they must, fetch nothing, stay small, and can't be injected into."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.files.model import FileResult, SampleRow, Verdict
from glue_etl.core.files.states import State
from glue_etl.core.files.summaries import ColumnSummary
from glue_etl.core.messages import one_line
from glue_etl.core.operating.reports import BadRow, DatasetFacts, FileFacts, OneFileFacts, RunFacts
from glue_etl.core.reasons import row_text
from glue_etl.reports.pages import dataset_page, file_page, run_page
from glue_etl.reports.words import failed
from tests.reports import facts
from tests.reports.reading import Read, read

MEGABYTE = 1_000_000
PAGES = {
    "run": lambda: run_page(facts.mixed_run()),
    "file": lambda: file_page(facts.one_file()),
    "dataset": lambda: dataset_page(facts.dataset()),
    "hidden": lambda: run_page(facts.mixed_run(with_rows=False)),
    "none": lambda: run_page(RunFacts(facts.shown(), (), ())),
    "new dataset": lambda: dataset_page(DatasetFacts(facts.shown(), "orders", ())),
}


def first_said(page: str) -> str:
    """What stands before everything else on the page but its title."""
    words = read(page).words
    return words[words.index("Skip to the verdict") :]


def test_the_verdict_stands_first_in_plain_words() -> None:
    said = first_said(run_page(facts.mixed_run()))
    verdict = "Of 6 files 3 are published, 1 is set aside, 1 could not be read and 1 failed."
    rows = "803 rows read: 600 published and 203 set aside; none is missing."
    assert 0 < said.index(verdict) < said.index(rows) < said.index("Rows by outcome") < said.index("bad.csv")


@pytest.mark.parametrize(
    ("files", "tone", "said"),
    [
        ([facts.published("a.csv")], "good", "The file is published."),
        ([facts.published("a.csv"), facts.published("b.csv")], "good", "All 2 files are published."),
        ([facts.published("a.csv", aside=1)], "look", "The file is published."),
        ([facts.rejected("a.csv")], "bad", "The file could not be read."),
        ([facts.quarantined("a.csv")], "look", "The file is set aside."),
        ([FileFacts(facts.record("a.csv", State.RUNNING))], "bad", "The file is on its way."),
        ([], "look", "There were no files."),
    ],
)
def test_the_tone_follows_from_the_worst_file(files: list[FileFacts], tone: str, said: str) -> None:
    page = run_page(RunFacts(facts.shown(), ("jr_1",), tuple(files)))
    (section,) = [a for _, a in read(page).elements if a.get("id") == "verdict"]
    assert section["class"] == f"verdict {tone}" and said in read(page).words


def test_rows_that_are_missing_are_told() -> None:
    lost = facts.published("a.csv")
    lost = replace(lost, record=replace(lost.record, rows_read=210))
    assert "10 are not accounted for" in read(run_page(RunFacts(facts.shown(), ("jr_1",), (lost,)))).words


def test_a_file_s_page_tells_why_with_lines_values_and_the_way_to_the_table() -> None:
    words = read(file_page(facts.one_file())).words
    told = (
        "bad.csv is set aside.", "200 rows read: 200 set aside; none is missing. It scored 81.4 of 100.",
        "Correct the data and upload it again", "line 3: -3.50", "not looked up", "(null)", "(empty)",
        "3 cells, but the header has 4", "27 (13.5 %)", "EUR 60 %, USD 30 %, GBP 10 %", "from file to table", "s3://raw/data/incoming/2024/03/05/bad.csv",
        "s3://quarantine/transactions/bad.csv/", "STAGED → QUARANTINED",
    )  # fmt: skip
    assert [each for each in told if each.lower() not in words.lower()] == []


def test_common_expectations_are_told_in_plain_words_beside_their_own() -> None:
    words = read(file_page(facts.one_file())).words
    assert (
        "18 of 200 values of amount are outside the bounds. amount: 18 of 200 values failed expect_column_values"
        in words
    )
    one = facts.failure("id", 1, expectation="expect_column_values_to_be_unique")
    assert failed(one) == "1 of 200 values of id is there more than once."
    problem = facts.failure("_problem", 3, expectation="expect_column_values_to_be_null")
    of_table = facts.failure("", 0, expectation="expect_table_row_count_to_be_between")
    assert failed(problem) == failed(of_table) == ""


def test_a_dataset_s_page_compares_the_last_file_with_those_before() -> None:
    page = dataset_page(facts.dataset())
    words = read(page).words
    assert "The last file scored 87.5 of 100; half of those before it scored 97.5 or more." in words
    assert "12 older ones are left out" in words and "gate 95" in words
    plots = [a["aria-label"] for name, a in read(page).elements if name == "svg" and a.get("role") == "img"]
    assert plots[0] == "Overall of 60 files, lowest 86.5, last 87.5"
    assert "Nulls of customer_id: at most 33.0 %, last 31.5 %" in plots


def test_rows_that_stay_readable_while_a_replay_fails_are_told() -> None:
    again = facts.record("a.csv", State.FAILED, rows_published=7, head="key#a")
    words = read(file_page(OneFileFacts(facts.shown(), FileFacts(again)))).words
    assert "Readers go on seeing the 7 rows that were published before." in words


def test_a_result_that_is_not_kept_any_more_is_told() -> None:
    gone = replace(facts.published("a.csv"), result=None)
    assert "result is not to be had any more" in read(run_page(RunFacts(facts.shown(), ("jr_1",), (gone,)))).words


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fetches_nothing_and_runs_nothing(name: str) -> None:
    page = PAGES[name]()
    found = read(page)
    assert not {"script", "iframe", "img", "object", "embed", "base", "form", "use", "image"} & set(found.names)
    addresses = [
        a[n] for _, a in found.elements for n in ("src", "href", "srcset", "xlink:href", "data", "action") if n in a
    ]
    assert all(address.startswith("#") or address == "data:," for address in addresses)
    assert not [a for _, a in found.elements if any(n.startswith("on") or n == "style" for n in a)]
    digest = base64.b64encode(hashlib.sha256(found.style.encode()).digest()).decode()
    (policy,) = [a["content"] for _, a in found.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert "url(" not in found.style and "@import" not in found.style


@pytest.mark.parametrize("name", PAGES)
def test_what_is_linked_and_named_is_there_once(name: str) -> None:
    found = read(PAGES[name]())
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))
    linked = {a["href"][1:] for _, a in found.elements if a.get("href", "").startswith("#")}
    named = {each for _, a in found.elements for each in a.get("aria-labelledby", "").split()}
    assert linked | named <= set(ids)


SECRET = "Planted Person"


def with_secret() -> FileFacts:
    marked = f"line 3: {row_text(SECRET)} is no number"
    file = facts.quarantined("a.csv")
    failure = facts.failure(samples=(SampleRow(3, {"name": SECRET}),), message=f"name: found {row_text(SECRET)}")
    columns = (ColumnSummary("name", "string", 3, 0, 2, SECRET, SECRET, top=((SECRET, 3),)),)
    result = FileResult(file.record.batch_id, "staged", 3, 3, summaries=columns, verdict=facts.verdict(80, [failure]))
    return FileFacts(replace(file.record, reasons=(marked,)), result, (BadRow(3, marked, SECRET),))


@pytest.mark.parametrize("with_rows", [True, False])
def test_text_of_rows_is_shown_only_where_it_may_be(with_rows: bool) -> None:
    shown = facts.shown(with_rows)
    file = with_secret()
    pages = (
        run_page(RunFacts(shown, ("jr_1",), (file,))),
        file_page(OneFileFacts(shown, file)),
        dataset_page(DatasetFacts(shown, "transactions", (file,))),
    )
    assert [SECRET in page for page in pages] == [with_rows] * 3
    if not with_rows:
        assert "The first in line 3." in read(pages[0]).words and "(text of rows)" in pages[0]


ANYTHING = st.text(max_size=60) | st.sampled_from(
    [
        "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><script>1</script>", "{{ 7*7 }}", "&lt;b&gt;",
        "'", "]]>", "\u202e x", "\x00<",
    ]
)  # fmt: skip


def named(text: str, key: str) -> FileFacts:
    """A file with the text wherever somebody else's text can stand."""
    file = facts.quarantined("a.csv")
    failure = facts.failure(text or "x", samples=(SampleRow(1, {text: text, f"{text}2": None}),), message=text)
    columns = (
        ColumnSummary(text, text, 3, 1, 2, text, text, top=((text, 3),)),
        ColumnSummary(text, "int", 3, 0, 2, text, text, 1, 2, (1, 2)),
    )
    result = FileResult(
        file.record.batch_id, "staged", 3, 3, summaries=columns, verdict=Verdict(False, 80.0, {}, (failure,), (text,))
    )
    changes: dict[str, Any] = {"reasons": (text,), "location": text, "dataset": text, "format": text, "run_id": text}
    return FileFacts(
        replace(file.record, file=replace(file.record.file, key=key), **changes), result, (BadRow(1, text, text),), text
    )


def everywhere(text: str) -> tuple[Read, Read, Read]:
    file = named(text, f"data/incoming/{text}")
    return (
        read(run_page(RunFacts(facts.shown(), (text,), (file,)))),
        read(file_page(OneFileFacts(facts.shown(), file, (file.record,), (file.record, file.record)))),
        read(dataset_page(DatasetFacts(facts.shown(), text, (file, file)))),
    )


PLAIN = everywhere("plain")


@given(ANYTHING)
def test_no_text_of_others_adds_an_element_or_an_attribute(text: str) -> None:
    """Elements and attributes are those of the page with a plain word in its place, and the text is there as it is."""
    for found, plain in zip(everywhere(text or "x"), PLAIN, strict=True):
        assert [(n, sorted(a)) for n, a in found.elements] == [(n, sorted(a)) for n, a in plain.elements]
        assert " ".join(one_line(text or "x").split()) in found.words


@pytest.mark.parametrize("worst", [50, 200])
def test_a_page_of_two_hundred_wide_files_stays_below_a_megabyte(worst: int) -> None:
    wide = tuple(replace(facts.COLUMNS[2], name=f"a_column_with_some_name_{n}") for n in range(50))
    failures = tuple(facts.failure(f"column_{n}", lines=(3, 7, 12, 2_000_000, 5)) for n in range(30))
    verdict = facts.verdict(90, failures)
    good = [facts.published(f"some_export_of_the_night_{n:03}.csv", summaries=wide) for n in range(200 - worst)]
    bad = [facts.published(f"bad_{n:03}.csv", aside=3, summaries=wide, verdict=verdict) for n in range(worst)]
    page = run_page(RunFacts(facts.shown(), (facts.RUN,), (*good, *bad)))
    print(f"200 files of 50 columns, {worst} of them with 30 failed expectations: {len(page.encode()):,} bytes")
    assert len(page.encode()) < MEGABYTE
    assert read(page).names.count("details") == 200
    assert "30 not shown here: glue-etl report file" in read(page).words


def test_thousands_of_files_are_all_in_the_table() -> None:
    files = tuple(facts.published(f"f{n}.csv", summaries=()) for n in range(1000))
    found = read(run_page(RunFacts(facts.shown(), (facts.RUN,), files)))
    assert found.names.count("details") == 300 and found.names.count("tr") == 1001
    assert "700 more files have no section here" in found.words
