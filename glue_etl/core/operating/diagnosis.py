"""What is wrong with a deployment, and what to do about it: decided from facts that others looked up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.copies import Copy
from glue_etl.core.files.states import WAITING
from glue_etl.core.messages import counted

STUCK_SECONDS = 3600
"""A file that has not moved for an hour is stuck: the sweep comes every few minutes, and a run's time-out is an hour."""


@dataclass(frozen=True, slots=True)
class TransformWork:
    """What of a transform does not rest: parts (days, or files of days) that are stopped, and those that failed when last tried,
    each with why; `seconds` since the one of those that are due or running that moved first did.
    """

    stopped: Mapping[str, str] = field(default_factory=dict)
    failing: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What is not at rest. `queues` is queue -> counts.

    `open_files` is open state -> number of files, `newest` FAILED or PARKED -> key and reason of the latest file there,
    `oldest` open state -> seconds since its oldest file moved; `failed_streams` is (source, stream) -> why its last pull failed.
    `circuit` says whether runs are started. `transforms`: by name, those of which something does not rest. `copies` are those in
    the warehouse; `copying_for`: since how many seconds one of a dataset is under way; `refused_imports`: data set -> why
    QuickSight does not import it.
    """

    queues: Mapping[str, Mapping[str, int]]
    open_files: Mapping[str, int] = field(default_factory=dict)
    newest: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    oldest: Mapping[str, float] = field(default_factory=dict)
    failed_streams: Mapping[tuple[str, str], str]
    circuit: Circuit = field(default_factory=Circuit)
    transforms: Mapping[str, TransformWork] = field(default_factory=dict)
    copies: tuple[Copy, ...] = ()
    copying_for: Mapping[str, float] = field(default_factory=dict)
    refused_imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that was looked up. `mappings` is function -> states of its event source mappings; `unknown_files` are object versions
    in the incoming prefix that the ledger does not have."""

    incoming_prefix: str
    versioned: bool
    notification_prefixes: tuple[str, ...]
    mappings: Mapping[str, tuple[str, ...]]
    rule_state: str
    unknown_files: int
    work: Work


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what to do."""

    problem: str
    remedy: str


def diagnose(facts: Facts) -> tuple[Finding, ...]:
    """All findings; none where all is well."""
    return (*_wiring(facts), *at_work(facts.work), *_unseen(facts))


def at_work(work: Work) -> tuple[Finding, ...]:
    """What is wrong with what is not at rest."""
    more = (_backlog, _sources, _transforms, _copies, _imports)
    return (*stopped(work.circuit), *chain.from_iterable(told(work) for told in more))


def stopped(circuit: Circuit) -> tuple[Finding, ...]:
    """What is to be said where runs fail for no file's fault; nothing else."""
    if not circuit.open:
        return ()
    return (
        Finding(
            f"no runs are started since {circuit.since}: {circuit.failures} failed one after the other; the last: "
            f"{circuit.reason}",
            f"mend the cause: the run's log says more. Files wait meanwhile; the next probe is due at {circuit.until}, and "
            "one that succeeds starts all that wait",
        ),
    )


def _wiring(facts: Facts) -> Iterator[Finding]:
    apply = "run `terraform apply`: the wiring differs from what is described there"
    if not facts.versioned:
        yield Finding("the raw bucket keeps no versions: an overwritten file may be lost before it is read", apply)
    if facts.incoming_prefix not in facts.notification_prefixes:
        yield Finding(f"no notification of {facts.incoming_prefix} goes to the arrivals queue", apply)
    for function, states in facts.mappings.items():
        if "Enabled" not in states:
            found = ", ".join(states) or "none"
            yield Finding(f"no enabled event source mapping feeds {function} (found: {found})", apply)
    if facts.rule_state != "ENABLED":
        yield Finding(
            f"the rule for ended runs is {facts.rule_state or 'missing'}: nothing is finalized by events", apply
        )


def _backlog(work: Work) -> Iterator[Finding]:
    for queue, counts in work.queues.items():
        if counts.get("dead"):
            yield Finding(
                f"{counts['dead']} messages of the {queue} queue were given up",
                "`glue-etl dlq list` shows them, `glue-etl dlq redrive` sends them back",
            )
    if work.open_files.get("PARKED"):
        yield Finding(
            f"{counted(work.open_files['PARKED'], 'file')} FAILED for good{_newest(work, 'PARKED')}",
            "`glue-etl status --state PARKED` shows the errors; when their cause is gone, `glue-etl replay --failed`",
        )
    if work.open_files.get("FAILED"):
        yield Finding(
            f"{counted(work.open_files['FAILED'], 'file')} FAILED and will be tried again{_newest(work, 'FAILED')}",
            "they need nothing if that passes by itself; `glue-etl status --state FAILED` shows all, and the log that a reason "
            "names shows the whole error",
        )
    if work.oldest.get(WAITING, 0) > STUCK_SECONDS:
        yield Finding(
            f"{counted(work.open_files.get(WAITING, 0), 'file')} wait for a run, the first for "
            f"{work.oldest[WAITING] / 3600:.1f} hours",
            "if runs are at their limit all the time, raise glue_max_concurrent_runs; else look what the dispatch function logs",
        )
    for state, seconds in work.oldest.items():
        if state not in ("PARKED", WAITING) and seconds > STUCK_SECONDS:
            yield Finding(
                f"a file has been {state} for {seconds / 3600:.1f} hours",
                "look whether the sweep function runs and what it logs; `glue-etl status --state " + state + "`",
            )


def _unseen(facts: Facts) -> Iterator[Finding]:
    if facts.unknown_files:
        yield Finding(
            f"{facts.unknown_files} files below {facts.incoming_prefix} are not in the ledger",
            "fresh ones are on their way; older ones the sweep finds: else `glue-etl backfill "
            + facts.incoming_prefix
            + "`",
        )


def _newest(work: Work, state: str) -> str:
    key, reason = work.newest.get(state, ("", ""))
    return f"; the latest, {key}: {reason}" if key else ""


def _sources(work: Work) -> Iterator[Finding]:
    for (source, stream), why in work.failed_streams.items():
        yield Finding(
            f"the last pull of {source}, stream {stream}, failed: {why}",
            f"`glue-etl source test {source}` asks it again; what it missed is pulled at its next success",
        )


def _transforms(work: Work) -> Iterator[Finding]:
    for name, found in work.transforms.items():
        show = f"`glue-etl transform show {name}` shows every day"
        if found.stopped:
            last = max(found.stopped)
            yield Finding(
                f"{counted(len(found.stopped), 'part')} of transform {name} stopped; the last, {last}: {found.stopped[last]}",
                f"{show}; mend the file that it names (or the transform), and it goes on; `glue-etl transform run {name} DAY "
                "--anyway` makes a day without it",
            )
        if found.failing:
            last = max(found.failing)
            yield Finding(
                f"{counted(len(found.failing), 'part')} of transform {name} failed when last tried, and will be again; the "
                f"last, {last}: {found.failing[last]}",
                f"{show} with its runs, whose logs say more",
            )
        if found.seconds > STUCK_SECONDS:
            yield Finding(
                f"a part of transform {name} has been due, or in a run, for {found.seconds / 3600:.1f} hours",
                f"{show}; look whether the sweep function runs and what it logs, and whether runs are at their limit",
            )


def _copies(work: Work) -> Iterator[Finding]:
    for copy in work.copies:
        known = copy.circuit
        if known.open:
            yield Finding(
                f"the copy of {copy.dataset} does not follow since {known.since}: {counted(known.failures, 'load')} failed one "
                f"after the other; the last: {known.reason}",
                f"mend the cause (docs/query.md says what a copy needs); the next load is tried after {known.until}, and one "
                "that succeeds brings it up to date",
            )
        elif work.copying_for.get(copy.dataset, 0) > STUCK_SECONDS:
            yield Finding(
                f"a load of the copy of {copy.dataset} is under way for {work.copying_for[copy.dataset] / 3600:.1f} hours",
                f"look whether the sweep function runs, and `aws redshift-data describe-statement --id {copy.statement or 'ID'}`",
            )


def _imports(work: Work) -> Iterator[Finding]:
    for data_set, why in work.refused_imports.items():
        yield Finding(
            f"QuickSight does not import data set {data_set}: {why}",
            "mend the cause (SPICE's capacity, a right, the data set itself); it is asked again by itself",
        )
