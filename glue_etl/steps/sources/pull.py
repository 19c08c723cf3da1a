"""Pulling a source: opens windows, works on them stream by stream, and tells people when one begins to fail or works again.

A failure of one stream does not stop the others, and does not raise: it is in the answer, in the table and in a notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from glue_etl.core.errors import LostClaim, SourceFailed, Terminal, Transient
from glue_etl.core.pulling import pulls
from glue_etl.core.pulling.cursors import like
from glue_etl.core.pulling.declarations import Stream
from glue_etl.core.pulling.pulls import StreamState
from glue_etl.core.pulling.reports import (
    BUSY,
    PullReport,
    StreamReport,
    changes,
    fails_notice,
    stored_columns,
    works_notice,
)
from glue_etl.core.reasons import bounded, error_text, shown
from glue_etl.steps.sources.look import Asked, look
from glue_etl.steps.sources.ports import PullServices
from glue_etl.steps.sources.window import LEAST_MARGIN, WindowPull

ACTIONS = ("pull", "continue", "test", "run")


def pull(services: PullServices, event: Mapping[str, Any]) -> PullReport:
    """Do what the event asks for.

    "pull" opens a window for each stream that has none, and works on all; "continue" goes on with open ones; "test" shows the
    first rows; "run" is a pull by hand, of some `streams`, between `since` and `until`, or without landing (`dry_run`).
    """
    action = event.get("action", "pull")
    if action not in ACTIONS:
        raise Terminal(f"unknown action {action!r}. Allowed: {', '.join(ACTIONS)}")
    states = {state.part: state for state in services.states.of(services.source.name)}
    if action == "continue":
        return _continue(services, states)
    wanted = _by_age(event.get("streams") or services.streams, states)
    return PullReport(services.source.name, {name: _wanted(services, name, action, event) for name in wanted})


def _continue(services: PullServices, states: Mapping[str, StreamState]) -> PullReport:
    """Go on with open windows, and with failed ones whose time has come; nothing else."""
    reports = {}
    for part in _by_age(states, states):
        stream = services.streams.get(states[part].stream)
        if stream is not None and pulls.due(states[part], services.now()):
            reports[part] = _guarded(services, stream, states[part])
    return PullReport(services.source.name, reports, _age(services, states))


def _wanted(services: PullServices, name: str, action: str, event: Mapping[str, Any]) -> StreamReport:
    stream, asked = services.streams.get(name), Asked(event.get("since"), event.get("until"))
    if stream is None:
        declared = ", ".join(services.streams)
        return StreamReport(pulls.FAILED, error=f"there is no stream {name!r}. Declared: {declared}")
    if asked and stream.cursor is None:
        return StreamReport(pulls.FAILED, error=f"stream {name!r} has no cursor, so it can't be run between two times")
    if action == "test" or event.get("dry_run"):
        return _looked(services, stream, asked, whole=action == "run")
    part = f"{name}@{pulls.window_by_hand(asked.since, asked.until)}" if asked else name
    return _guarded(services, stream, services.states.get(services.source.name, part), asked)


def _looked(services: PullServices, stream: Stream, asked: Asked, whole: bool) -> StreamReport:
    try:
        return look(services, stream, asked, whole)
    except Exception as error:  # noqa: BLE001  one stream's trouble must not keep the others from being looked at
        return StreamReport(pulls.FAILED, error=_reason(services, error))


def _guarded(services: PullServices, stream: Stream, state: StreamState, asked: Asked = Asked()) -> StreamReport:
    """Work on a stream; whatever goes wrong is the report's, so that the other streams go on."""
    if pulls.held_by_other(state, "", services.now()):
        return StreamReport(BUSY)
    work: WindowPull | None = None
    try:
        state = _opened(services, stream, state, asked)
        state = services.states.put(pulls.take(state, services.new_id(), services.now(), services.remaining()))
        work = WindowPull(services, stream, state)
        done = services.remaining() >= LEAST_MARGIN and work.run()
        return _ended(services, work, done)
    except LostClaim:
        return _report(work, BUSY)
    except Transient as error:
        return _given_back(services, work, error)
    except Exception as error:  # noqa: BLE001  one stream's trouble must not keep the others from being pulled
        return _failed(services, work.state if work else state, error, work)


def _opened(services: PullServices, stream: Stream, state: StreamState, asked: Asked) -> StreamState:
    """The state with an open window: by hand, if it is one; else from the cursor."""
    now = services.now()
    if state.by_hand:
        initial = stream.cursor.initial if stream.cursor else None
        return pulls.opened_by_hand(state, like(initial, asked.since), like(initial, asked.until), now)
    landed = False
    if state.taken_over_at and not state.open:
        extension = services.extractor().extension
        key = pulls.object_key(services.settings.incoming_prefix, state, state.number + 1, extension)
        landed = services.landing.metadata(key) is not None
    return pulls.opened(state, stream, now, landed)


def _ended(services: PullServices, work: WindowPull, done: bool) -> StreamReport:
    if not done:
        work.state = services.states.put(pulls.released(work.state, services.now()))
    elif work.state.told:
        services.notices.publish(works_notice(services.settings.environment, work.state))
        work.state = services.states.put(replace(work.state, told=""))
    return replace(_report(work, pulls.DONE if done else pulls.OPEN), warnings=_warnings(services, work))


def _warnings(services: PullServices, work: WindowPull) -> tuple[str, ...]:
    """Columns that changed since the last pull, and values that could not be kept; the columns are remembered."""
    warnings = (*changes(work.state.columns, work.columns), *work.doubts) if work.columns else tuple(work.doubts)
    if warnings:
        services.log("a pull has warnings", stream=work.state.part, warnings=list(warnings))
    if work.columns and work.state.columns != (columns := stored_columns(work.columns)):
        work.state = services.states.put(replace(work.state, columns=columns))
    return warnings


def _given_back(services: PullServices, work: WindowPull | None, error: Transient) -> StreamReport:
    """AWS could not be reached: the window stays open, and so does the lease where it can't be ended."""
    services.log("a pull was interrupted", reason=str(error))
    try:
        if work:
            services.states.put(pulls.released(work.state, services.now()))
    except (LostClaim, Transient) as second:
        services.log("the lease stays until it ends", reason=str(second))
    return replace(_report(work, pulls.OPEN), error=_reason(services, error))


def _failed(services: PullServices, state: StreamState, error: Exception, work: WindowPull | None) -> StreamReport:
    """Store the failure, and tell people where it is a new one. A state that is somebody else's by now is left to them."""
    code = error.code if isinstance(error, SourceFailed) else type(error).__name__
    message = _reason(services, error)
    refused = isinstance(error, SourceFailed) and error.page_refused
    services.log("a pull failed", stream=state.part, code=code, reason=message)
    try:
        state = services.states.put(pulls.failed(state, code, message, services.now(), refused))
        if state.told != code:
            services.notices.publish(fails_notice(services.settings.environment, state))
            services.states.put(replace(state, told=code))
    except Exception as second:  # noqa: BLE001  the failure is in the answer and in the log, and the other streams go on
        services.log("the failure could not be stored or told", stream=state.part, reason=str(second))
    return replace(_report(work, pulls.FAILED), error=message)


def _reason(services: PullServices, error: Exception) -> str:
    """The error for people, in one sentence without any secret's value, and without text of rows where none is wanted."""
    said = str(error) if isinstance(error, SourceFailed) else f"{type(error).__name__}: {error_text(str(error))}"
    whole = shown(services.scrub(said), services.settings.row_text_in_reasons)
    reason = bounded(whole)
    if reason != whole:
        services.log("the whole of a reason", reason=whole)
    return reason


def _report(work: WindowPull | None, state: str) -> StreamReport:
    return StreamReport(state, work.rows, work.duplicates, tuple(work.files)) if work else StreamReport(state)


def _by_age(parts: Iterable[str], states: Mapping[str, StreamState]) -> list[str]:
    """Those first that waited longest, so that a long stream does not keep the others from being pulled."""
    return sorted(parts, key=lambda part: states[part].updated_at if part in states else "")


def _age(services: PullServices, states: Mapping[str, StreamState]) -> float | None:
    """Seconds since the oldest last success of a declared stream; one that never had any counts from its beginning."""
    since = [
        states[name].last_success_at or states[name].failed_since or states[name].opened_at
        for name in services.streams
        if name in states
    ]
    moments = [datetime.fromisoformat(moment) for moment in since if moment]
    return (services.now() - min(moments)).total_seconds() if moments else None
