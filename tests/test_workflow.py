"""The workflow that deploys: what others wrote is pinned, and what a pull request has changed can only read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent.parent / ".github" / "workflows" / "deploy.yml"
WORKFLOW: dict[str, Any] = yaml.safe_load(FILE.read_text())


def steps() -> list[dict[str, Any]]:
    return [step for job in WORKFLOW["jobs"].values() for step in job["steps"]]


def test_every_action_is_pinned_by_commit() -> None:
    """ "Security hardening for GitHub Actions": a full commit is the only way to use an action as an immutable release."""
    used = [step["uses"] for step in steps() if "uses" in step]
    assert used and all(re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action) for action in used)


def test_a_pull_request_gets_the_environment_whose_role_can_only_read() -> None:
    with_role = [job for job in WORKFLOW["jobs"].values() if "configure-aws-credentials" in str(job)]
    wanted = "${{ github.event_name == 'pull_request' && 'dev-plan' || 'dev' }}"
    assert [job["environment"] for job in with_role] == [wanted]


def test_after_the_plan_a_pull_request_does_nothing() -> None:
    names = [step.get("name", "") for step in WORKFLOW["jobs"]["deploy"]["steps"]]
    later = WORKFLOW["jobs"]["deploy"]["steps"][names.index("Plan") + 1 :]
    assert later and all(step["if"] == "github.event_name != 'pull_request'" for step in later)
