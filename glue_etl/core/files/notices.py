"""Notices for people about files and runs: what happened, which files, why, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from glue_etl.core.files.circuit import Circuit
from glue_etl.core.files.copies import Copy
from glue_etl.core.files.outcomes import FileOutcome
from glue_etl.core.files.states import State
from glue_etl.core.messages import Notice, body, counted, escaped, one_line, subject
from glue_etl.core.reasons import REASON_CHARACTERS, clipped

FILES_TOLD = 100
REASONS_TOLD = 10
KEYS_TOLD = 1024
NEWS_TOLD = 200
COLUMNS, UNLIKE = "Columns of datasets", "Unlike the days before"
"""Headings of news."""
# The order in which people want to read of them, and what they can do.
NEXT_STEPS = {
    State.FAILED: "Retried until the attempts are used up, then parked. See the run's log for the cause; replay the file.",
    State.REJECTED: "Nothing of it could be read. Correct the file as the reason says and upload it again.",
    State.QUARANTINED: "Not readable by consumers. Correct the data and upload it again, or change the contract and replay.",
    State.SUPERSEDED: "A newer version of the same key was published in its place. Nothing to do.",
    State.PUBLISHED: "Readable by consumers. Nothing to do, unless there are warnings or quarantined rows.",
}
_ORDER: dict[str, int] = {state: place for place, state in enumerate(NEXT_STEPS)}


def run_notice(
    environment: str,
    job_name: str,
    run_id: str,
    run_state: str,
    outcomes: Sequence[FileOutcome],
    message: str = "",
    news: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> Notice:
    """What a run made of its files: a summary, `news` by heading, then the files, failures first, at most FILES_TOLD."""
    told = sorted(outcomes, key=_urgency)
    counts = _counts(outcomes)
    head = f"Run {run_id} of {job_name} in {environment} ended {run_state}: {counts}."
    parts = [head, *([f"Glue says: {one_line(message)}"] if message else []), _row_sums(outcomes)]
    for heading, lines in news.items():
        if lines:
            told_lines = (clipped(escaped(line), KEYS_TOLD) for line in lines[:NEWS_TOLD])
            parts.append("\n".join([f"== {heading} ==", *told_lines]))
    parts.append(_by_state(told))
    if len(told) > FILES_TOLD:
        parts.append(f"{len(told) - FILES_TOLD} more files are not listed here; the ledger has them all, by run id.")
    if told:
        parts.append(f"As a page, with failed rows and columns: glue-etl report run {run_id} -e {environment}")
    return Notice(subject(f"[{environment}] {run_state}: {counts} ({job_name})"), body("\n\n".join(parts) + "\n"))


def needs_a_person(outcomes: Iterable[FileOutcome]) -> bool:
    """Whether anything came to rest that somebody has to look at. What failed is retried by itself, until it is parked."""
    return any(o.state in (State.QUARANTINED, State.REJECTED) or o.rows_quarantined for o in outcomes)


def trouble_notice(
    environment: str, job_name: str, run_id: str, refused: Sequence[str], outcomes: Sequence[FileOutcome]
) -> Notice:
    """What of a run AWS refuses to let finish, told once: it is tried until it works, then the run's own notice comes."""
    what = counted(len(refused), "thing")
    parts = [
        f"Run {run_id} of {job_name} in {environment} has ended, but {what} can't be finished: AWS refuses it.",
        "\n".join(f"  - {clipped(one_line(sentence), KEYS_TOLD)}" for sentence in refused[:FILES_TOLD]),
        "Next: mend what is refused (a permission, a key, a limit). It is tried again every few minutes; nothing is lost.",
    ]
    if len(refused) > FILES_TOLD:
        parts.append(f"{len(refused) - FILES_TOLD} more are not listed here; the function's log has them all.")
    parts.append(f"Finished so far: {_counts(outcomes)}.")
    return Notice(subject(f"[{environment}] {what} can't be finished ({job_name})"), body("\n\n".join(parts) + "\n"))


def rejection_notice(environment: str, outcomes: Sequence[FileOutcome]) -> Notice:
    """Files that nothing could be read of, told before any run was started: at most FILES_TOLD of them one by one."""
    name = escaped(outcomes[0].key.rsplit("/", 1)[-1])
    more = f" and {len(outcomes) - 1} more" if len(outcomes) > 1 else ""
    parts = [f"In {environment} {counted(len(outcomes), 'file')} arrived that can't be read.", _by_state(outcomes)]
    if len(outcomes) > FILES_TOLD:
        parts.append(f"{len(outcomes) - FILES_TOLD} more files are not listed here; the ledger has them all.")
    return Notice(subject(f"[{environment}] {outcomes[0].state}: {name}{more}"), body("\n\n".join(parts) + "\n"))


def stopped_notice(environment: str, job_name: str, circuit: Circuit) -> Notice:
    """No runs are started any more, since they fail for no file's fault: what is known, and that nothing is lost."""
    text = (
        f"{counted(circuit.failures, 'run')} of {job_name} in {environment} failed one after the other, since {circuit.since}: "
        f"no more are started but one probe now and then.\n\nThe last one: {one_line(circuit.reason)}\n\n"
        "Files go on being received; they wait, none is lost and none has lost an attempt. Next: mend the cause (the role's "
        "permissions, the script and its packages, Glue's quotas and capacity; the run's log says more). The first probe that "
        "succeeds starts all that waits. `glue-etl doctor` shows when the next one is due. You are told once."
    )
    return Notice(subject(f"[{environment}] STOPPED: runs of {job_name} fail"), body(text + "\n"))


def copy_stopped_notice(environment: str, copy: Copy) -> Notice:
    """A warehouse's copy does not follow any more: what is known, and that the published rows themselves are not concerned."""
    known = copy.circuit
    text = (
        f"{counted(known.failures, 'load')} of the copy of dataset {copy.dataset} in {environment} failed one after the other, "
        f"since {known.since}: it is tried only now and then.\n\nThe last one: {one_line(known.reason)}\n\n"
        f"The copy is as it was {f'at {copy.loaded_at}' if copy.loaded_at else 'before its first load'}; what is published is "
        "not concerned. Next: mend the cause (docs/query.md says what a copy needs). The first load that succeeds brings it "
        "up to date. `glue-etl doctor` shows when the next one is due. You are told once."
    )
    return Notice(subject(f"[{environment}] STOPPED: the copy of {copy.dataset}"), body(text + "\n"))


def full_day_notice(environment: str, limit: int, dataset: str) -> Notice:
    """No more new datasets today: `dataset` is the first that had to wait."""
    parts = [
        f"In {environment} {counted(limit, 'new dataset')} began today, as many as new_datasets_a_day allows; {dataset} would "
        "have been one more. Files of new datasets are read as dataset default until tomorrow (UTC).",
        "Next: look at the names with `glue-etl dataset list`. If they are wanted, raise new_datasets_a_day, or replay the files "
        "another day; if not, put the files below one folder, or write a contract that claims them.",
    ]
    return Notice(
        subject(f"[{environment}] No more new datasets today: {dataset} waits"), body("\n\n".join(parts) + "\n")
    )


def health_notice(environment: str, job_name: str, run_id: str, healthy: bool, message: str = "") -> Notice:
    """What the health check found: whether one stub row came through reading, writing and audit."""
    state = "HEALTHY" if healthy else "UNHEALTHY"
    text = f"The health check of {job_name} in {environment} (run {run_id}) found it {state}."
    parts = [text, *([f"Glue says: {one_line(message)}"] if message else [])]
    if not healthy:
        parts.append("Next: look at the run's log, then start the job again with --health-check-mode true.")
    return Notice(subject(f"[{environment}] {state}: {job_name}"), body("\n\n".join(parts) + "\n"))


def _urgency(outcome: FileOutcome) -> tuple[int, bool, str]:
    return (_place(outcome.state), not outcome.reasons, outcome.key)


def _place(state: str) -> int:
    """States that a run does not end in (RECEIVED, RUNNING, STAGED) are news of trouble: first."""
    return _ORDER.get(state, -1)


def _counts(outcomes: Iterable[FileOutcome]) -> str:
    return state_counts(Counter(outcome.state for outcome in outcomes))


def state_counts(counts: Mapping[str, int]) -> str:
    """How many files of each state, the most urgent first."""
    return ", ".join(f"{counts[state]} {state}" for state in sorted(counts, key=_place)) or "no files"


def _row_sums(outcomes: Sequence[FileOutcome]) -> str:
    read, published, quarantined = (
        sum(getattr(outcome, f"rows_{what}") for outcome in outcomes) for what in ("read", "published", "quarantined")
    )
    return f"Rows: {read} read, {published} published, {quarantined} quarantined."


def _by_state(told: Sequence[FileOutcome]) -> str:
    """The first FILES_TOLD files below the heading of their state, which says what to do next."""
    lines: list[str] = []
    state = None
    for outcome in told[:FILES_TOLD]:
        if outcome.state != state:
            state = outcome.state
            lines.append(f"== {state} == {NEXT_STEPS.get(state, 'Work on it goes on.')}")
        lines.append(_file(outcome))
    return "\n\n".join(lines)


def _file(outcome: FileOutcome) -> str:
    return "\n".join(
        (
            clipped(escaped(outcome.key), KEYS_TOLD),
            f"  dataset {outcome.dataset or '(none)'}, format {outcome.format or '(unknown)'}, batch_id {outcome.batch_id}",
            f"  rows: {outcome.rows_read} read, {outcome.rows_published} published, "
            f"{outcome.rows_quarantined} quarantined",
            *_scores(outcome),
            *_reasons(outcome.reasons),
            *([f"  location: {outcome.location}"] if outcome.location else []),
        )
    )


def _scores(outcome: FileOutcome) -> list[str]:
    if outcome.overall is None:
        return []
    details = ", ".join(f"{dimension} {score:.1f}" for dimension, score in outcome.scores.items())
    return [f"  score: {outcome.overall:.1f} of 100" + (f" ({details})" if details else "")]


def _reasons(reasons: Sequence[str]) -> list[str]:
    lines = [f"  - {clipped(one_line(reason), REASON_CHARACTERS)}" for reason in reasons[:REASONS_TOLD]]
    more = len(reasons) - REASONS_TOLD
    return [*lines, f"  - and {more} more"] if more > 0 else lines
