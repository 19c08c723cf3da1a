"""`glue-etl doctor`: looks at the wiring, the queues and the ledger, and says what to do."""

from __future__ import annotations

import json

from glue_etl.cli.environment import DEFAULT_ENVIRONMENT, DEFAULT_PREFIX, AsJson, Environment, Prefix, deployment
from glue_etl.cli.failures import CommandFailed
from glue_etl.cli.tables import console, show_rows
from glue_etl.core.messages import counted


def doctor(
    environment: Environment = DEFAULT_ENVIRONMENT, prefix: Prefix = DEFAULT_PREFIX, json_lines: AsJson = False
) -> None:
    """Check notifications, queues, the ledger against the listing, stuck files and sources. Ends with 1 if something is wrong.

    Example: glue-etl doctor --environment prod
    """
    from glue_etl.aws.operating.diagnosed import facts
    from glue_etl.core.operating.diagnosis import diagnose

    findings = diagnose(facts(deployment(environment, prefix)))
    if json_lines:
        for finding in findings:
            print(json.dumps({"problem": finding.problem, "remedy": finding.remedy}))
    elif findings:
        show_rows("Findings", ("problem", "what to do"), [(f.problem, f.remedy) for f in findings])
    else:
        console().print("All is well: the wiring is complete, and nothing is stuck or missing.")
    if findings:
        raise CommandFailed(counted(len(findings), "finding"))
