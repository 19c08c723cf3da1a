"""`glue-etl source`: what is not a file and becomes one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from glue_etl.cli.environment import (
    DEFAULT_ENVIRONMENT,
    DEFAULT_PREFIX,
    AsJson,
    Environment,
    Prefix,
    deployment,
    moment,
)
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.source_tables import show_answer, show_sample, show_sources
from glue_etl.cli.tables import console, show_list, show_rows
from glue_etl.core.messages import counted
from glue_etl.core.operating.sources import COLLECTED

if TYPE_CHECKING:
    from glue_etl.aws.operating.source_control import SourceControl

source = typer.Typer(help="APIs, databases and streams: what lands files.", no_args_is_help=True, rich_markup_mode=None)
Name = Annotated[str, typer.Argument(help="Name of the source: its file is sources/NAME.yaml.")]
LOOK_SECONDS = 2.0


@source.callback()
def _group() -> None:
    """Sources are declared in sources/NAME.yaml; docs/sources.md has all fields."""


@source.command(short_help="Write a declaration from a preset; list the presets.")
def add(
    preset: Annotated[str | None, typer.Argument(help="Preset to begin with; none: list them.")] = None,
    name: Annotated[str | None, typer.Argument(help="Name of the new source.")] = None,
    values: Annotated[list[str] | None, typer.Option("--set", help="name=value of the preset; repeat it.")] = None,
    secret: Annotated[str | None, typer.Option(help="Name of the secret in Secrets Manager.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder of the declarations.")] = Path("sources"),
) -> None:
    """Write a declaration from a preset; it is not deployed by that.

    Examples: glue-etl source add; glue-etl source add github-issues spark --set repository=apache/spark --secret github
    """
    from glue_etl.cli.source_presets import presets

    known = presets()
    if preset is None:
        rows = [(p.name, p.description, ", ".join(x.name for x in p.parameters)) for p in known.values()]
        show_rows("Presets", ("preset", "what", "--set"), rows)
        return
    if preset not in known:
        raise CommandFailed(f"there is no preset {preset!r}: {', '.join(known)}")
    if name is None:
        raise CommandFailed(f"give the new source a name: glue-etl source add {preset} NAME")
    path = folder / f"{name}.yaml"
    if path.exists():
        raise CommandFailed(f"{path} is there already: edit it, or choose another name")
    import yaml

    from glue_etl.core.operating.sources import parse_source

    text = known[preset].fill(_pairs(values or []) | ({"secret": secret} if secret else {}))
    declared = parse_source(name, yaml.safe_load(text), str(path))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    console().print(
        f"{path} is written. Next: look it over, deploy (make apply, or glue-etl local up),", soft_wrap=True
    )
    console().print(f"then: glue-etl source test {name}")
    for advice in _advice(declared):
        console().print(advice, soft_wrap=True)


def _advice(declared: Any) -> list[str]:
    """What to think of before it is deployed: cursors that skip rows which are committed late."""
    streams = getattr(declared, "streams", {}).values()
    return [
        f"Note: stream {stream.name!r} asks for rows from the highest {stream.cursor.field!r} on, so that a row which is "
        "committed late, with a lower value, is skipped. Where that may happen, give its cursor an overlap "
        "(overlap_seconds for times, overlap for numbers): docs/sources.md."
        for stream in streams
        if stream.cursor and not stream.cursor.overlaps
    ]


@source.command(name="list", short_help="How far each source is, what it landed, what is wrong.")
def list_sources(
    environment: Environment = DEFAULT_ENVIRONMENT, prefix: Prefix = DEFAULT_PREFIX, json_lines: AsJson = False
) -> None:
    """Show each source's streams: how far they are, what they have landed, what is wrong.

    Example: glue-etl source list --environment prod
    """
    control = _control(environment, prefix)
    lines = [line for name, declared in control.declared().items() for line in control.standing(name, declared)]
    if json_lines:
        for line in lines:
            print(json.dumps(line, ensure_ascii=False, default=str))
        return
    show_sources(lines)


@source.command(short_help="Check credentials and reach; show the first rows.")
def test(
    name: Name,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Check credentials and reach of a deployed source, and show its first rows; lands nothing.

    Of a Kinesis stream the oldest records that it holds are shown as they are decoded; of Kafka and SQS what feeds the source.

    Example: glue-etl source test shop-orders
    """
    control = _control(environment, prefix)
    declared = _declared(control, name)
    if declared["kind"] in COLLECTED:
        from glue_etl.aws.operating.stream_look import LOOKS

        if declared["kind"] in LOOKS:
            _show_records(control, name, declared, json_lines)
        _test_mappings(control, name, json_lines)
        return
    with _spinning(f"{name}: asking for the first rows (one that does not answer is tried for half a minute)"):
        answer = control.pull(name, {"action": "test"})
    show_answer(answer, json_lines)
    _judge(answer)


@source.command(short_help="Pull a source now, until it is done.")
def run(
    name: Name,
    since: Annotated[str | None, typer.Option(help="Backfill from here: 7d, 2024-01-31, or a time.")] = None,
    until: Annotated[str | None, typer.Option(help="Backfill up to here, not included.")] = None,
    streams: Annotated[list[str] | None, typer.Option("--stream", help="Only this stream; repeat it.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read it all, show the first rows and the count, land nothing.")
    ] = False,
    environment: Environment = DEFAULT_ENVIRONMENT,
    prefix: Prefix = DEFAULT_PREFIX,
    json_lines: AsJson = False,
) -> None:
    """Pull a source now, until it is done. With --since and --until: that window, beside the schedule's.

    A window by hand lands its rows once, however often it is asked for. Those that the schedule has landed too are then in
    the table twice: take the earlier runs back first (glue-etl rollback). "Left out" are rows that are landed already, and
    rows of the answer that lie outside the window.

    Examples: glue-etl source run shop; glue-etl source run shop --since 2024-01-01 --until 2024-02-01 --dry-run
    """
    control = _control(environment, prefix)
    if _declared(control, name)["kind"] in COLLECTED:
        raise CommandFailed(
            f"{name} is a stream: it is collected as its records arrive. See glue-etl source test {name}"
        )
    if (since is None) != (until is None):
        raise CommandFailed("a backfill needs both: --since and --until")
    window = {"since": moment(since), "until": moment(until)} if since else {}
    event = {"action": "run", "dry_run": dry_run, "streams": streams or [], **window}
    for answer in _until_done(control, name, event):
        show_answer(answer, json_lines)
        _judge(answer)


def _until_done(control: SourceControl, name: str, event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The answers of as many invocations as it takes."""
    with _progress(control, name):
        answer = control.pull(name, event)
    yield answer
    while answer.get("open") and not event.get("dry_run"):
        with _progress(control, name):
            answer = control.pull(name, {"action": "continue"})
        yield answer


@contextmanager
def _progress(control: SourceControl, name: str) -> Iterator[None]:
    """Tells on a terminal what the table of sources says, while the function works."""
    out = console()
    if not out.is_terminal:
        yield
        return
    done = threading.Event()
    with out.status(f"{name}: pulling") as status:

        def look() -> None:
            while not done.wait(LOOK_SECONDS):
                parts = control.parts(name)
                rows, files = (sum(int(p.get(f"{what}_total") or 0) for p in parts) for what in ("rows", "files"))
                status.update(f"{name}: pulling; {rows:,} rows in {files:,} files so far, of all its pulls")

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join(timeout=LOOK_SECONDS)


@contextmanager
def _spinning(text: str) -> Iterator[None]:
    out = console()
    if not out.is_terminal:
        yield
        return
    with out.status(text):
        yield


def _judge(answer: Mapping[str, Any]) -> None:
    failed = [f"{stream}: {s['error']}" for stream, s in answer["streams"].items() if s["state"] == "FAILED"]
    if failed:
        raise CommandFailed("; ".join(failed))


def _show_records(control: SourceControl, name: str, declared: Mapping[str, Any], json_lines: bool) -> None:
    """The stream's oldest records as they are decoded: rows, or why there are none."""
    from glue_etl.aws.operating.stream_look import first_records
    from glue_etl.core.collecting.kinds import parse_collected

    found = first_records(parse_collected(name, declared, name), control.deployment.client)
    rows = [json.loads(line) for entry in found if not entry.poison for line in entry.lines]
    poison = [json.loads(line)["reason"] for entry in found if entry.poison for line in entry.lines]
    if json_lines:
        print(json.dumps({"source": name, "sample": rows, "poison": poison}, ensure_ascii=False))
        return
    if not found:
        console().print(Text(f"{name}: the stream holds no record now"))
    if rows:
        show_sample(f"{name}: the oldest {counted(len(rows), 'row')}", rows)
    show_list("Records that can't be decoded:", poison)


def _test_mappings(control: SourceControl, name: str, json_lines: bool) -> None:
    found = control.mappings(name)
    fields = ("UUID", "State", "LastProcessingResult", "StateTransitionReason")
    lines = [{field: mapping.get(field, "") for field in fields} for mapping in found]
    if json_lines:
        for line in lines:
            print(json.dumps({"source": name, **line}))
    else:
        show_rows(name, ("mapping", "state", "last result", "why"), [list(line.values()) for line in lines])
    bad = [
        m for m in found if m.get("State") != "Enabled" or "PROBLEM" in str(m.get("LastProcessingResult", "")).upper()
    ]
    if bad or not found:
        raise CommandFailed(f"{name}: nothing feeds it; see the states above, and the stream's name and permissions")


def _control(environment: str, prefix: str) -> SourceControl:
    from glue_etl.aws.operating.source_control import SourceControl

    return SourceControl(deployment(environment, prefix))


def _declared(control: SourceControl, name: str) -> dict[str, Any]:
    declared = control.declared()
    if name not in declared:
        known = ", ".join(declared) or "none"
        raise CommandFailed(
            f"no source {name!r} is deployed (deployed: {known}): declare it in sources/, then deploy "
            "(on one machine: start glue-etl local up again)"
        )
    return dict(declared[name])


def _pairs(values: list[str]) -> dict[str, str]:
    wrong = [value for value in values if "=" not in value]
    if wrong:
        raise CommandFailed(f"--set takes name=value, not {wrong[0]!r}")
    return dict(value.split("=", 1) for value in values)
