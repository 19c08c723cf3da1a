"""Who may do what: no action is a wildcard, every resource is named, and each trigger is allowed by what it triggers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shipping.sources import compile_sources
from tests.terraform.configuration import ROOT, SEVEN, SOURCES, Configuration, read, tfcheck, with_key, with_sources

ROLES = {"dispatch", "finalize", "sweep", "ingest", "sweep-schedule", "health-check-schedule"}
# AWS knows no resources for these: each accepts "*" alone. EC2's are of the network interfaces of what is in a VPC.
WITHOUT_RESOURCE = {
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", "cloudwatch:PutMetricData", "cloudwatch:DescribeAlarms",
    "glue:GetSchemaVersion",
    "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets",
    "ec2:DescribeSecurityGroups", "ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
    "ec2:DescribeRouteTables", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
}  # fmt: skip
# What is not the deployment's own: the catalog, the key, Glue's logs, and what the sources of sources/ name.
FOREIGN = re.compile(
    r":catalog$|:key/|:log-group:/aws-glue/jobs/|:secret:[a-z-]+-\?{6}$|:stream/clicks$|:mails$"
    r"|:(cluster|topic|group)/sensors/|:network-interface/\*$"
)


@pytest.fixture(params=["no sources", "sources"])
def either(request: pytest.FixtureRequest) -> Configuration:
    """The dev deployment as it is, and with one source of each kind."""
    return read("tfcheck", "dev", *([SEVEN] if request.param == "sources" else []))


def statements(document: str) -> Iterator[dict[str, Any]]:
    for statement in json.loads(document)["Statement"]:
        found = {key: _listed(statement.get(key, [])) for key in ("Action", "Resource")}
        yield {**statement, **found}


def role_statements(dev: Configuration) -> Iterator[tuple[str, dict[str, Any]]]:
    for policy in dev.all("aws_iam_role_policy"):
        for statement in statements(policy["policy"]):
            yield policy["role"].removeprefix("glue-etl-pipeline-dev-"), statement


def allowed(dev: Configuration, role: str) -> dict[str, set[str]]:
    """Action -> the resources it is allowed on."""
    found: dict[str, set[str]] = {}
    for name, statement in role_statements(dev):
        for action in statement["Action"] if name == role else []:
            found.setdefault(action, set()).update(statement["Resource"])
    return found


def test_each_function_job_and_schedule_has_a_role_of_its_own(dev_known: Configuration) -> None:
    names = {r["name"].removeprefix("glue-etl-pipeline-dev-") for r in dev_known.all("aws_iam_role")}
    assert names == ROLES
    assert {name for name, _ in role_statements(dev_known)} == ROLES


def test_no_role_has_a_wildcard_in_an_action(either: Configuration) -> None:
    actions = {a for _, s in role_statements(either) for a in s["Action"]}
    assert not [a for a in actions if "*" in a]


def test_every_resource_is_named_but_where_aws_knows_none(either: Configuration) -> None:
    for role, statement in role_statements(either):
        if "*" in statement["Resource"]:
            assert set(statement["Action"]) <= WITHOUT_RESOURCE, (role, statement)
        else:
            names = [r for r in statement["Resource"] if "glue-etl-pipeline-dev" not in r.replace("_", "-")]
            assert all(FOREIGN.search(r) for r in names), (role, names)


def test_who_may_list_a_folder_is_told_that_an_object_is_missing(either: Configuration) -> None:
    """S3 judges s3:ListBucket when an object is not there; that request has no prefix, which a plain StringLike refuses."""
    for role, statement in role_statements(either):
        listing = [action for action in statement["Action"] if action.startswith("s3:ListBucket")]
        assert not listing or set(statement["Condition"]) == {"StringLikeIfExists"}, role


def test_nobody_may_pass_a_role(either: Configuration) -> None:
    assert not [s for _, s in role_statements(either) if any(a.startswith("iam:") for a in s["Action"])]


def test_only_finalize_and_sweep_write_published_rows(dev_known: Configuration) -> None:
    curated = "arn:aws:s3:::glue-etl-pipeline-dev-curated-123456789012/*"
    writers = {r for r in ROLES if curated in allowed(dev_known, r).get("s3:PutObject", set())}
    assert writers == {"finalize", "sweep"}


def test_nobody_overwrites_or_deletes_what_arrived(either: Configuration) -> None:
    """A source's function writes below its own folder, and only where nothing is (If-None-Match)."""
    for role in {name for name, _ in role_statements(either)}:
        rights = allowed(either, role)
        touched = rights.get("s3:PutObject", set()) | rights.get("s3:DeleteObject", set())
        source = re.match("(?:pull|collect)-(.+)", role)
        own = f"arn:aws:s3:::glue-etl-pipeline-dev-raw-123456789012/data/incoming/{source[1]}/*" if source else ""
        incoming = {r for r in touched if "-raw-123456789012/data/incoming/" in r or r.endswith("-raw-123456789012/*")}
        assert incoming == ({own} if source else set()), role
        assert not source or "s3:DeleteObject" not in rights, role


def test_only_dispatch_sweep_and_the_canary_start_runs(dev_known: Configuration) -> None:
    starters = {r for r in ROLES if "glue:StartJobRun" in allowed(dev_known, r)}
    assert starters == {"dispatch", "sweep", "health-check-schedule"}


@pytest.mark.parametrize(("role", "service"), [
    ("dispatch", "lambda"), ("finalize", "lambda"), ("sweep", "lambda"), ("ingest", "glue"),
    ("sweep-schedule", "scheduler"), ("health-check-schedule", "scheduler"),
])  # fmt: skip
def test_a_role_is_taken_by_its_service_only(dev_known: Configuration, role: str, service: str) -> None:
    found = next(r for r in dev_known.all("aws_iam_role") if r["name"] == f"glue-etl-pipeline-dev-{role}")
    trusted = [s["Principal"] for s in statements(found["assume_role_policy"])]
    assert trusted == [{"Service": f"{service}.amazonaws.com"}]


@pytest.mark.parametrize(("function", "queue"), [("dispatch", "arrivals"), ("finalize", "outcomes")])
def test_a_function_may_take_from_the_queue_that_feeds_it(dev_known: Configuration, function: str, queue: str) -> None:
    rights = allowed(dev_known, function)
    arn = f"arn:aws:sqs:us-east-1:123456789012:glue-etl-pipeline-dev-{queue}"
    for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"):
        assert arn in rights[action]
    assert "kms:Decrypt" in rights


def test_the_raw_bucket_of_this_account_alone_may_send_arrivals(dev_known: Configuration) -> None:
    policy = dev_known.one("aws_sqs_queue_policy", "module.arrival.aws_sqs_queue_policy.arrivals")
    sender = next(s for s in statements(policy["policy"]) if s["Effect"] == "Allow")
    assert sender["Principal"] == {"Service": "s3.amazonaws.com"} and sender["Action"] == ["sqs:SendMessage"]
    assert sender["Condition"] == {
        "ArnEquals": {"aws:SourceArn": "arn:aws:s3:::glue-etl-pipeline-dev-raw-123456789012"},
        "StringEquals": {"aws:SourceAccount": "123456789012"},
    }


def test_the_rule_alone_may_send_outcomes_and_their_dead_letters(dev_known: Configuration) -> None:
    policies = [p for p in dev_known.all("aws_sqs_queue_policy") if "module.outcome" in p.address]
    assert len(policies) == 2
    for policy in policies:
        sender = next(s for s in statements(policy["policy"]) if s["Effect"] == "Allow")
        assert sender["Principal"] == {"Service": "events.amazonaws.com"}
        rule = dev_known.one("aws_cloudwatch_event_rule")["arn"]
        assert sender["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}


def test_schedules_may_do_their_one_call(dev_known: Configuration) -> None:
    sweep = next(f for f in dev_known.all("aws_lambda_function") if f["function_name"].endswith("-sweep"))
    assert allowed(dev_known, "sweep-schedule")["lambda:InvokeFunction"] == {sweep["arn"]}
    assert allowed(dev_known, "health-check-schedule")["glue:StartJobRun"] == {dev_known.one("aws_glue_job")["arn"]}


def test_every_bucket_refuses_plain_http(dev_known: Configuration) -> None:
    policies = dev_known.all("aws_s3_bucket_policy")
    assert len(policies) == 4
    for policy in policies:
        deny = next(statements(policy["policy"]))
        assert deny["Effect"] == "Deny" and deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_inline_policies_are_within_awss_limit(either: Configuration) -> None:
    """10,240 characters without white space for all inline policies of a role ("IAM and AWS STS quotas")."""
    for policy in either.all("aws_iam_role_policy"):
        assert len(re.sub(r"\s", "", policy["policy"])) <= 10_240


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """The dev deployment in an account whose catalog and curated bucket Lake Formation guards; it tells lineage, too."""
    file = tmp_path_factory.mktemp("lake") / "lake.tfvars"
    file.write_text('lake_formation = { grants = true, registered = true }\nopenlineage_url = "file"\n')
    return read("tfcheck", "dev", str(file))


def test_lake_formation_is_asked_for_nothing_by_default(dev_known: Configuration) -> None:
    assert not dev_known.all("aws_lakeformation_permissions")


def test_lake_formation_lets_in_who_keeps_the_catalog(guarded: Configuration) -> None:
    """ "Lake Formation permissions reference": the principal is a role's ARN; a registered location needs its own grant."""
    roles = {r["arn"] for r in guarded.all("aws_iam_role") if r["name"].endswith(("-finalize", "-sweep"))}
    grants = guarded.all("aws_lakeformation_permissions")
    assert {g["principal"] for g in grants} == roles and len(roles) == 2
    databases = [g for g in grants if g.blocks("database")]
    assert {(g["principal"], *sorted(g["permissions"])) for g in databases} == {
        (r, "CREATE_TABLE", "DESCRIBE") for r in roles
    }
    granted = [g for g in grants if g.blocks("table")]
    assert {(g["principal"], g.block("table")["wildcard"]) for g in granted} == {(r, True) for r in roles}
    assert all(set(g["permissions"]) == {"ALTER", "DESCRIBE", "INSERT", "SELECT"} for g in granted)
    places = {g.block("data_location")["arn"] for g in grants if g.blocks("data_location")}
    assert places == {"arn:aws:s3:::glue-etl-pipeline-dev-curated-123456789012"}


def test_finalize_may_write_lineage_where_somebody_wants_it(guarded: Configuration, dev_known: Configuration) -> None:
    runs = "arn:aws:s3:::glue-etl-pipeline-dev-raw-123456789012/data/runs/*"
    assert f"{runs}/lineage.jsonl" in allowed(guarded, "finalize")["s3:PutObject"]
    assert not [place for place in allowed(dev_known, "finalize")["s3:PutObject"] if place.startswith(runs)]
    assert runs in allowed(dev_known, "sweep")["s3:PutObject"]


def test_msk_with_scram_may_find_its_secret(tmp_path: Path) -> None:
    """ "Configuring Lambda permissions for Amazon MSK event source mappings": kafka:ListScramSecrets, on the cluster."""
    tool = tfcheck()
    if not tool:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    sensors = compile_sources(ROOT, SOURCES)["sources"]["sensors"]
    scram = {**sensors, "auth": {"type": "scram_sha_512", "secret": "AmazonMSK_reader"}}
    made = with_sources(tool, "dev", {"sensors": scram}, tmp_path)
    assert allowed(made, "collect-sensors")["kafka:ListScramSecrets"] == {sensors["cluster_arn"]}


def test_msk_without_scram_may_not(seven: Configuration) -> None:
    assert "kafka:ListScramSecrets" not in allowed(seven, "collect-sensors")


def test_names_with_a_region_end_as_the_partition_s_do(dev_known: Configuration) -> None:
    """In China: logs.<region>.amazonaws.com.cn ("Encrypt log data in CloudWatch Logs", AWS China)."""
    key = dev_known.one("aws_kms_key")
    services = {p for s in statements(key["policy"]) for p in _listed(s["Principal"].get("Service", []))}
    assert "logs.us-east-1.amazonaws.com" in services
    files = (ROOT / "terraform").rglob("*.tf")
    written = [
        line for file in files for line in file.read_text().splitlines() if re.search(r"region\}\.amazonaws", line)
    ]
    assert not written


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_only_where_a_contract_needs_a_key_is_there_a_secret_and_the_job_alone_may_read_it(
    dev_known: Configuration, tmp_path: Path
) -> None:
    assert not dev_known.all("aws_secretsmanager_secret")
    tool = tfcheck()
    if tool is None:
        pytest.skip("policies are computed: terraform is needed, and tfcheck is not here (set TFCHECK to its path)")
    keyed = with_key(tool, "dev", tmp_path)
    (secret,) = keyed.all("aws_secretsmanager_secret")
    assert secret["name"] == "glue-etl-pipeline-dev-protection"
    assert not keyed.all("aws_secretsmanager_secret_version"), "its value would stand in the state"
    readers = {role for role in ROLES if "secretsmanager:GetSecretValue" in allowed(keyed, role)}
    assert readers == {"ingest"}
    assert allowed(keyed, "ingest")["secretsmanager:GetSecretValue"] == {secret["arn"]}
    (job,) = keyed.all("aws_glue_job")
    assert job["default_arguments"]["--protection-secret"] == secret["name"]
