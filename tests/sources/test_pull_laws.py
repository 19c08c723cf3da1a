"""Laws of pulling: windows, leases, cursors, rows that come again, and secrets in texts."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.pulling import pulls
from glue_etl.core.pulling.cursors import before, earlier, like, now_like, order
from glue_etl.core.pulling.declarations import Cursor, Stream
from glue_etl.core.pulling.progress import Note, WindowProgress
from glue_etl.core.pulling.pulls import StreamState, Window
from glue_etl.core.pulling.scrubbing import Scrubber
from glue_etl.extract.answers import json_lines

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)
WINDOW = Window("w", None, None, NOW.isoformat())
times = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1))
small_rows = st.lists(st.fixed_dictionaries({"id": st.integers(0, 4), "at": st.integers(0, 6)}), max_size=12)


def stream(cursor: bool = True, key: bool = False) -> Stream:
    return Stream(name="rows", cursor=Cursor(field="at") if cursor else None, key=("id",) if key else ())


def contents(rows: Any) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in rows)


@given(st.lists(small_rows, max_size=4))
def test_rows_at_the_cursor_are_landed_once_over_windows(batches: list[list[dict[str, int]]]):
    """A source that keeps all its rows, which only get later ones: each window asks from the cursor on."""
    known: list[dict[str, int]] = []
    landed: Counter[str] = Counter()
    note: Note | None = None
    for batch in batches:
        floor = max((row["at"] for row in known), default=0)
        known += [row | {"at": row["at"] + floor} for row in batch]
        since = note.cursor if note else None
        progress = WindowProgress("shop", stream(), Window("w", since, None, NOW.isoformat()), note)
        progress.take([row for row in known if since is None or row["at"] >= float(since)], None)
        landed += contents(progress.new_rows)
        if progress.rows:
            note = Note.from_json(json.loads(json.dumps(progress.note(1, None).to_json())))
    assert landed == contents(known)


@given(small_rows, st.lists(st.integers(0, 12), max_size=4), st.booleans())
def test_a_window_that_begins_again_lands_every_row_once(rows: list[dict[str, int]], cuts: list[int], nameless: bool):
    """Cut after any number of rows, and begun again from the start: what landed is left out, and nothing else."""
    landed: Counter[str] = Counter()
    chain: list[tuple[str, Note]] = []
    for cut in [*cuts, len(rows)]:
        progress = WindowProgress("shop", stream(cursor=False), WINDOW, None)
        for key, note in chain:
            progress.follow(key, note)
        progress.begin_again()
        progress.take(rows[:cut], {} if nameless else {"after": cut})
        if progress.rows:
            landed += contents(progress.new_rows)
            chain.append((f"n{len(chain)}", progress.note(len(chain) + 1, {})))
    assert landed == contents(rows)


@given(small_rows, small_rows)
def test_with_a_key_an_unchanged_row_is_landed_once_a_window(first: list[dict[str, int]], second: list[dict[str, int]]):
    progress = WindowProgress("shop", stream(cursor=False, key=True), WINDOW, None)
    progress.take(first, {"page": 2})
    progress.take(second, None)
    assert contents(progress.new_rows) == Counter(set(contents(first + second)))
    assert progress.rows + progress.duplicates == len(first) + len(second)


@given(times, st.integers(0, 10**6), st.sampled_from(["Z", "+02:00", ""]))
def test_an_earlier_time_has_the_same_form_and_comes_before(moment: datetime, seconds: int, zone: str):
    value = moment.isoformat() + zone
    found = earlier(value, seconds)
    assert isinstance(found, str)
    assert found.endswith(zone)
    one, other = order(found), order(value)
    assert one and other and before(one, other) == (seconds > 0)


@given(st.one_of(st.integers(), st.integers(0, 10**12).map(str), st.floats(-1e9, 1e9)), st.integers(0, 10**6))
def test_a_smaller_number_has_the_same_form_and_comes_before(value: int | float | str, units: int):
    found = earlier(value, units=units)
    one, other = order(found), order(value)
    assert one and other and one.kind == other.kind == "number"
    assert isinstance(found, str) == isinstance(value, str)
    assert not before(other, one)
    if isinstance(value, int):
        assert value - found == units  # type: ignore[operator]


@given(times)
def test_now_is_told_in_the_form_of_the_cursor(moment: datetime):
    now = moment.replace(tzinfo=UTC)
    assert now_like(1_700_000_000, now) == int(now.timestamp())
    assert now_like(1_700_000_000_000, now) == int(now.timestamp() * 1000)
    assert now_like("2024-01-01", now) == now.date().isoformat()
    assert str(now_like("2024-01-01T00:00:00Z", now)).endswith("Z")
    assert like(0, now.isoformat()) == int(now.timestamp())


actions = st.lists(st.sampled_from(["open", "take", "land", "finish", "fail", "release", "wait", "long"]), max_size=30)


@given(actions, st.booleans())
def test_an_open_window_keeps_its_bounds_and_its_chunks_until_it_is_done(steps: list[str], by_hand: bool):
    state = StreamState("shop", "rows@w" if by_hand else "rows")
    now, names, count = NOW, set(), 0
    for step in steps:
        now += timedelta(hours=1) if step == "long" else timedelta(seconds=1)
        was = state
        if step == "open":
            state = pulls.opened_by_hand(state, 1, 2, now) if by_hand else pulls.opened(state, stream(), now)
            if was.open:
                assert state == was
            elif not by_hand:
                assert state.window not in names, "a window that is done never comes back under its name"
                names.add(state.window)
        elif step == "take":
            state = pulls.take(state, f"h{count}", now, 60)
            assert pulls.held_by_other(state, "another", now + timedelta(seconds=119))
            assert not pulls.held_by_other(state, "another", now + timedelta(seconds=121))
            state = pulls.released(state, now)
        elif step == "land" and state.open:
            state = pulls.landed(state, state.number + 1, "n", 2, 1, now)
            count += 1
            assert (state.window, state.since, state.until) == (was.window, was.since, was.until)
        elif step == "finish" and state.open:
            state = pulls.finished(state, 5, 5, now)
            assert (state.error, state.attempts, state.next_try_at) == ("", 0, "")
        elif step == "fail":
            state = pulls.failed(state, "code", "why", now)
            assert state.open == was.open
            assert state.failed_since == (was.failed_since or now.isoformat())
    assert (state.rows_total, state.files_total, state.duplicates_total) == (2 * count, count, count)


def test_a_window_keeps_its_name_while_a_straggler_may_still_land_under_it():
    first = pulls.take(pulls.opened(StreamState("shop", "rows"), stream(), NOW), "a", NOW, 60)
    taken = pulls.take(first, "b", NOW + timedelta(minutes=5), 60)
    done = pulls.finished(taken, None, None, NOW + timedelta(minutes=6))
    soon = pulls.opened(done, stream(), NOW + timedelta(minutes=10))
    assert (soon.window, soon.number, soon.resume) == (first.window, 0, pulls.BEGIN)
    later = NOW + timedelta(hours=2)
    assert pulls.opened(done, stream(), later, next_is_landed=True).window == first.window
    assert pulls.opened(done, stream(), later).window != first.window


@given(st.dictionaries(st.sampled_from(["token", "password", "api_key"]), st.text(min_size=1, max_size=12)), st.text())
def test_no_secret_is_left_in_a_text_and_places_come_back(secret: dict[str, str], around: str):
    scrubber = Scrubber(secret)
    place = {
        "url": f"https://x/?{around}&k=".replace("{{", "") + "&".join(secret.values()),
        "params": None,
        "n": [1, around],
    }
    hidden = scrubber.hide(f"{around}{' '.join(secret.values())}{around}")
    assert not any(value in hidden for value in secret.values() if not set(value) & set("*"))
    if all(len(value) > 3 for value in secret.values()) and "secret" not in str(secret):
        away = scrubber.put_away(place)
        assert not any(value in json.dumps(away, ensure_ascii=False) for value in secret.values() if value.isalnum())


def test_a_place_with_secrets_comes_back_as_it_was():
    scrubber = Scrubber({"api_key": "k/+ey secret", "username": "me"}, public=("username",))
    place = {"url": "https://x/?api_key=k%2F%2Bey%20secret&user=me", "params": {"key": "k/+ey secret", "page": 2}}
    away = scrubber.put_away(place)
    assert away["url"] == "https://x/?api_key={{secret:api_key:quoted}}&user=me"
    assert scrubber.put_back(away) == place


@given(st.lists(st.dictionaries(st.text(), st.one_of(st.none(), st.text(), st.floats(allow_nan=False), st.booleans()))))
def test_landed_rows_read_back_as_they_were_and_the_same_rows_are_the_same_bytes(rows: list[dict[str, Any]]):
    body = json_lines(rows)
    assert [json.loads(line) for line in gzip.decompress(body).split(b"\n")[:-1]] == rows
    assert body == json_lines(rows)
    assert json_lines([{"half": "\ud800"}])
