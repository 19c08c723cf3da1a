"""Redshift and QuickSight as Terraform makes them: private, encrypted, reading what is published and no more, by choice."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot

from glue_etl.core.datasets.catalog import ENRICHMENT, declared_tables
from glue_etl.core.datasets.quality_table import COLUMNS, name_of
from shipping.contracts import compile_contracts
from tests.terraform.configuration import ROOT, Configuration, packaged, placeholders, read, tfcheck
from tests.terraform.test_policies import WITHOUT_RESOURCE, allowed, role_statements, statements
from tests.terraform.test_variables import run

WAREHOUSE = "../tests/terraform/warehouse.tfvars"
CURATED = "arn:aws:s3:::glue-etl-pipeline-dev-curated-123456789012"
ARTIFACTS = "arn:aws:s3:::glue-etl-pipeline-dev-artifacts-123456789012"
SERVICE_ROLE = "aws-quicksight-service-role-v0"
OWNER, READER = (f"arn:aws:quicksight:us-east-1:123456789012:group/default/{name}" for name in ("data-team", "reports"))
QUALITY = name_of("dev")
NETWORK = (
    'subnet_ids = ["subnet-0a", "subnet-0b", "subnet-0c"]\n  security_group_ids = ["sg-0a"]',
    f'owners = ["{OWNER}"]',
)


@pytest.fixture(scope="module")
def dev() -> Configuration:
    return read("tfcheck", "dev", WAREHOUSE)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """Under Lake Formation, with QuickSight asking each time and a table of nested and binary columns."""
    file = tmp_path_factory.mktemp("warehouse") / "warehouse.tfvars"
    lake = "lake_formation = { grants = true, registered = true }"
    file.write_text(
        f'redshift = {{\n  {NETWORK[0]}\n}}\nquicksight = {{\n  {NETWORK[1]}\n  import_mode = "DIRECT_QUERY"\n}}\n{lake}\n'
    )
    return read("tfcheck", "dev", str(file))


def test_nothing_of_them_is_made_by_default(dev_known: Configuration) -> None:
    assert not [r.address for r in dev_known.resources if "redshift" in r.type or "quicksight" in r.type]
    assert not [r.address for r in dev_known.resources if "/aws/redshift/" in str(r.values.get("name", ""))]


def test_redshift_is_private_encrypted_logged_and_limited(dev: Configuration) -> None:
    namespace, workgroup = dev.one("aws_redshiftserverless_namespace"), dev.one("aws_redshiftserverless_workgroup")
    key = dev.one("aws_kms_key", "module.access.aws_kms_key.this[0]")["arn"]
    assert namespace["kms_key_id"] == key and namespace["admin_user_password"] is None
    assert (workgroup["publicly_accessible"], workgroup["enhanced_vpc_routing"]) == (False, True)
    assert (workgroup["base_capacity"], len(workgroup["subnet_ids"])) == (8, 3)
    limit = dev.one("aws_redshiftserverless_usage_limit")
    assert limit["resource_arn"] == workgroup["arn"]
    assert (limit["period"], limit["amount"], limit["breach_action"]) == ("daily", 16, "deactivate")


def test_redshifts_logs_have_the_names_it_looks_for_and_our_key(dev: Configuration) -> None:
    """ "Audit logging for Amazon Redshift Serverless": /aws/redshift/<namespace>/<log type>; a group that is there is taken."""
    namespace = dev.one("aws_redshiftserverless_namespace")
    groups = {g["name"]: g for g in dev.all("aws_cloudwatch_log_group") if g["name"].startswith("/aws/redshift/")}
    assert set(groups) == {f"/aws/redshift/{namespace['namespace_name']}/{log}" for log in namespace["log_exports"]}
    assert {(g["kms_key_id"], g["retention_in_days"]) for g in groups.values()} == {(namespace["kms_key_id"], 30)}
    policy = dev.one("aws_kms_key", "module.access.aws_kms_key.this[0]")["policy"]
    assert "log-group:/aws/redshift/glue-etl-pipeline-dev/*" in policy


def test_redshifts_role_reads_published_rows_and_the_catalog_and_no_more(dev: Configuration) -> None:
    role = dev.one("aws_iam_role", "module.redshift[0].aws_iam_role.reader")
    (trust,) = statements(role["assume_role_policy"])
    assert set(trust["Principal"]["Service"]) == {"redshift.amazonaws.com", "redshift-serverless.amazonaws.com"}
    rights = allowed(dev, "redshift")
    assert {a for a in rights if not re.match("glue:(Batch)?Get", a)} == {
        "s3:GetObject",
        "s3:ListBucket",
        "kms:Decrypt",
    }
    assert (rights["s3:GetObject"], rights["s3:ListBucket"]) == ({f"{CURATED}/*"}, {CURATED})
    glue = "arn:aws:glue:us-east-1:123456789012"
    database = "glue_etl_pipeline_dev"
    wanted = {f"{glue}:catalog", f"{glue}:database/{database}", f"{glue}:table/{database}/*"}
    assert {frozenset(r) for a, r in rights.items() if a.startswith("glue:")} == {frozenset(wanted)}
    assert dev.one("aws_redshiftserverless_namespace")["iam_roles"] == [role["arn"]]


def test_the_sweep_alone_loads_copies_in_this_workgroup_and_hears_of_its_own_statements(
    dev: Configuration, guarded: Configuration
) -> None:
    workgroup = dev.one("aws_redshiftserverless_workgroup")["arn"]
    rights = allowed(dev, "sweep")
    assert rights["redshift-data:BatchExecuteStatement"] == rights["redshift-serverless:GetCredentials"] == {workgroup}
    (hears,) = (s for role, s in role_statements(dev) if "redshift-data:DescribeStatement" in s["Action"])
    assert hears["Condition"] == {"StringEquals": {"redshift-data:statement-owner-iam-userid": "${aws:userid}"}}
    may = {role for role, s in role_statements(dev) if any(a.startswith("redshift") for a in s["Action"])}
    assert may == {"sweep"}
    assert not [a for _, s in role_statements(guarded) for a in s["Action"] if re.match("redshift|quicksight", a)]


def test_functions_are_told_of_copies_where_there_are_some(dev: Configuration, guarded: Configuration) -> None:
    named = ("REDSHIFT_COPIES", "REDSHIFT_WORKGROUP", "REDSHIFT_DATABASE", "REDSHIFT_ROLE_ARN")

    def told(made: Configuration) -> list[str]:
        sweep = next(f for f in made.all("aws_lambda_function") if f["function_name"].endswith("-sweep"))
        variables = sweep.block("environment")["variables"]
        return [variables.get(name, "") for name in named]

    role = dev.one("aws_iam_role", "module.redshift[0].aws_iam_role.reader")["arn"]
    assert told(dev) == ["sales,transactions", "glue-etl-pipeline-dev", "analytics", role]
    assert told(guarded) == ["", "", "", ""]


def test_the_administrators_sql_gives_each_kind_of_reader_both_schemas_and_the_loader_its_own(
    dev: Configuration, guarded: Configuration
) -> None:
    found = dev.outputs["redshift"]["sql"]
    external, copy, loader = (
        '"glue_etl_pipeline_dev"',
        '"glue_etl_pipeline_dev_copy"',
        '"IAMR:glue-etl-pipeline-dev-sweep"',
    )
    assert f"CREATE SCHEMA IF NOT EXISTS {copy} AUTHORIZATION {loader}" in found
    for reader in ('ROLE "reports"', 'ROLE "analysts"', 'GROUP "controllers"', '"IAMR:analyst"'):
        assert f"GRANT USAGE ON SCHEMA {external} TO {reader}" in found
        assert f"GRANT USAGE ON SCHEMA {copy} TO {reader}" in found
        assert f"GRANT SELECT ON ALL TABLES IN SCHEMA {copy} TO {reader}" in found
        later = f"ALTER DEFAULT PRIVILEGES FOR USER {loader} IN SCHEMA {copy} GRANT SELECT ON TABLES TO {reader}"
        assert later in found
    assert all(sqlglot.parse_one(sql, dialect="redshift") for sql in found)
    assert len(guarded.outputs["redshift"]["sql"]) == 1


def test_every_data_set_is_a_table_with_all_its_columns_and_their_types(dev: Configuration) -> None:
    catalog = json.loads((placeholders(WAREHOUSE) / "deployment.json").read_text())["catalog"]
    sets = {s["name"]: s for s in dev.all("aws_quicksight_data_set") if s["name"] != QUALITY}
    assert set(sets) == set(catalog)
    for name, made in sets.items():
        table = made.block("physical_table_map", "relational_table")
        assert (table["schema"], table["name"]) == ("glue_etl_pipeline_dev", name)
        assert [c["name"] for c in table["input_columns"]] == [
            *(c["name"] for c in catalog[name]["columns"]), "year", "month", "day"
        ]  # fmt: skip
    types = {
        c["name"]: c["type"]
        for c in sets["transactions"].block("physical_table_map", "relational_table")["input_columns"]
    }
    assert (types["id"], types["amount"], types["transaction_date"], types["customer_id"]) == (
        "INTEGER", "DECIMAL", "DATETIME", "STRING",
    )  # fmt: skip


def test_a_data_sets_folders_tell_what_the_file_said_from_what_was_added(dev: Configuration) -> None:
    made = next(s for s in dev.all("aws_quicksight_data_set") if s["name"] == "transactions")
    folders = {f["field_folders_id"]: set(f["columns"]) for f in made.blocks("field_folders")}
    added = {name for name, *_ in ENRICHMENT} | {"year", "month", "day"}
    assert folders == {
        "Values": {"id", "customer_id", "transaction_date", "amount"},
        "Where the row came from": added,
    }
    members = {m["member_id"] for m in dev.all("aws_quicksight_folder_membership")}
    dashboard = dev.one("aws_quicksight_dashboard")["dashboard_id"]
    analysis = dev.one("aws_quicksight_analysis")["analysis_id"]
    assert members == {dashboard, analysis, *(s["data_set_id"] for s in dev.all("aws_quicksight_data_set"))}


def test_ids_within_a_data_set_are_as_quicksight_takes_them(dev: Configuration) -> None:
    """PhysicalTableMap and LogicalTableMap, Amazon QuickSight API Reference: [0-9a-zA-Z-]*, at most 64 characters."""
    for made in (s for s in dev.all("aws_quicksight_data_set") if s["name"] != QUALITY):
        logical = made.block("logical_table_map")
        physical = made.block("physical_table_map")["physical_table_map_id"]
        assert all(re.fullmatch("[0-9a-zA-Z-]{1,64}", each) for each in (physical, logical["logical_table_map_id"]))
        assert logical["source"][0]["physical_table_id"] == physical


@pytest.mark.parametrize(("type_", "block", "writes"), [
    ("aws_quicksight_data_source", "permission", "UpdateDataSource"),
    ("aws_quicksight_data_set", "permissions", "UpdateDataSet"),
    ("aws_quicksight_folder", "permissions", "CreateFolderMembership"),
    ("aws_quicksight_dashboard", "permissions", "UpdateDashboard"),
])  # fmt: skip
def test_readers_look_and_owners_change(dev: Configuration, type_: str, block: str, writes: str) -> None:
    for made in dev.all(type_):
        rights = {p["principal"]: set(p["actions"]) for p in made.blocks(block)}
        assert set(rights) == {OWNER, READER} and rights[READER] < rights[OWNER]
        assert f"quicksight:{writes}" in rights[OWNER] - rights[READER]
        assert not [a for a in rights[READER] if re.search("Update|Create|Delete|Cancel", a)]


def test_the_dashboards_lines_are_figures_of_the_table_of_quality(dev: Configuration) -> None:
    made = next(s for s in dev.all("aws_quicksight_data_set") if s["name"] == QUALITY)
    asked = made.block("physical_table_map", "custom_sql")
    types = {c["name"]: c["type"] for c in asked["columns"]}
    assert set(types) == {name for name, type_, _ in COLUMNS if "<" not in type_} - {
        "run_id",
        "version_id",
        "file_format",
    }
    query = sqlglot.parse_one(asked["sql_query"], dialect="athena")
    assert isinstance(query, sqlglot.exp.Select) and query.named_selects == [c["name"] for c in asked["columns"]]
    dashboard = dev.one("aws_quicksight_dashboard")
    assert dashboard.block("definition", "data_set_identifiers_declarations")["data_set_arn"] == made["arn"]
    lines = [v["line_chart_visual"][0] for v in dashboard.block("definition", "sheets")["visuals"]]
    named = re.findall(r'"column_name": "(\w+)"', json.dumps(lines))
    assert len(lines) == 4 and set(named) == {"data_day", "dataset", "overall", "rows_read", "rows_bad"} <= set(types)


def test_the_analysis_begins_as_the_dashboard_and_is_its_authors(dev: Configuration) -> None:
    analysis, dashboard = dev.one("aws_quicksight_analysis"), dev.one("aws_quicksight_dashboard")
    assert analysis.block("definition", "sheets") == dashboard.block("definition", "sheets")
    assert analysis.block("definition", "data_set_identifiers_declarations") == dashboard.block(
        "definition", "data_set_identifiers_declarations"
    )
    (owner,) = analysis.blocks("permissions")
    assert owner["principal"] == OWNER and "quicksight:UpdateAnalysis" in owner["actions"]


def test_the_data_set_of_quality_has_the_last_verdict_of_each_file(dev: Configuration) -> None:
    made = next(s for s in dev.all("aws_quicksight_data_set") if s["name"] == QUALITY)
    query = made.block("physical_table_map", "custom_sql")["sql_query"]
    duck = {"string": "varchar", "timestamp": "timestamp", "double": "double", "bigint": "bigint", "boolean": "boolean"}
    columns = ", ".join(f"{name} {duck[type_]}" for name, type_, _ in COLUMNS if type_ in duck)
    with duckdb.connect() as connection:
        connection.execute("create schema glue_etl_pipeline_dev")
        connection.execute(f"create table glue_etl_pipeline_dev.{QUALITY} ({columns})")
        connection.execute(
            f"insert into glue_etl_pipeline_dev.{QUALITY} (batch_id, dataset, data_day, judged_at, overall) values"
            " ('a', 'sales', '2024-01-31', '2024-01-31 01:00', 50), ('a', 'sales', '2024-01-31', '2024-02-01 01:00', 100),"
            " ('b', 'sales', '2024-01-32', '2024-01-31 01:00', 75)"
        )
        found = connection.sql(f"select batch_id, data_day, overall from ({query}) order by batch_id").fetchall()
    assert found == [("a", date(2024, 1, 31), 100.0), ("b", None, 75.0)]


def test_imports_follow_a_schedule(dev: Configuration, guarded: Configuration) -> None:
    schedules = {s["data_set_id"]: s for s in dev.all("aws_quicksight_refresh_schedule")}
    assert set(schedules) == {s["data_set_id"] for s in dev.all("aws_quicksight_data_set")}
    frequency = next(iter(schedules.values())).block("schedule", "schedule_frequency")
    assert (frequency["interval"], frequency["time_of_the_day"], frequency["timezone"]) == ("DAILY", "05:00", "UTC")
    assert not guarded.all("aws_quicksight_refresh_schedule")
    assert {s["import_mode"] for s in guarded.all("aws_quicksight_data_set")} == {"DIRECT_QUERY"}


def test_the_sweep_may_import_these_data_sets_and_is_told_of_them(dev: Configuration, guarded: Configuration) -> None:
    made = {s["data_set_id"] for s in dev.all("aws_quicksight_data_set")}
    assert allowed(dev, "sweep")["quicksight:CreateIngestion"] == {
        f"arn:aws:quicksight:us-east-1:123456789012:dataset/glue-etl-pipeline-dev-*{end}"
        for end in ("", "/ingestion/*")
    }

    def told(made: Configuration) -> list[str]:
        sweep = next(f for f in made.all("aws_lambda_function") if f["function_name"].endswith("-sweep"))
        variables = sweep.block("environment")["variables"]
        return [variables.get(f"QUICKSIGHT_{name}", "") for name in ("PREFIX", "ACCOUNT_ID", "REFRESH_MINUTES")]

    prefix, *others = told(dev)
    assert prefix == "glue-etl-pipeline-dev-" and others == ["123456789012", "60"]
    tables = declared_tables(compile_contracts(ROOT)).values()
    assert made == {f"{prefix}{table}" for table in (*tables, QUALITY)}
    assert told(guarded) == ["", "", ""]


def test_quicksights_role_asks_in_one_workgroup_and_writes_results_alone(dev: Configuration) -> None:
    rights = allowed(dev, SERVICE_ROLE)
    workgroup = dev.one("aws_athena_workgroup", "module.catalog.aws_athena_workgroup.this")
    assert rights["athena:StartQueryExecution"] == {workgroup["arn"]}
    assert rights["s3:PutObject"] == {f"{ARTIFACTS}/athena-results/*"}
    assert rights["s3:GetObject"] == {f"{CURATED}/*", f"{ARTIFACTS}/athena-results/*"}
    changing = re.compile(r":(Put|Delete|Update|Create|Batch(?!Get)|Send)")
    assert {a for a in rights if changing.search(a)} == {"s3:PutObject"}
    source = dev.one("aws_quicksight_data_source")
    assert source.block("parameters", "athena")["work_group"] == workgroup["name"]


def test_no_action_and_no_resource_is_a_wildcard(dev: Configuration, guarded: Configuration) -> None:
    heard = {"redshift-data:DescribeStatement", "redshift-data:GetStatementResult"}
    for made, known in ((dev, WITHOUT_RESOURCE | heard), (guarded, WITHOUT_RESOURCE | {"lakeformation:GetDataAccess"})):
        for role, statement in role_statements(made):
            assert not [a for a in statement["Action"] if "*" in a]
            assert "*" not in statement["Resource"] or set(statement["Action"]) <= known, role


def test_lake_formation_lets_redshift_and_the_people_read(guarded: Configuration) -> None:
    role = guarded.one("aws_iam_role", "module.redshift[0].aws_iam_role.reader")["arn"]
    grants = [g for g in guarded.all("aws_lakeformation_permissions") if "warehouse" in g.address]
    assert {(g["principal"], bool(g.blocks("table")), *sorted(g["permissions"])) for g in grants} == {
        *((principal, False, "DESCRIBE") for principal in (role, OWNER)),
        *((principal, True, "DESCRIBE", "SELECT") for principal in (role, OWNER)),
    }


def test_nested_and_binary_columns_are_read_as_texts(tmp_path: Path) -> None:
    tool = tfcheck()
    if not tool:
        pytest.skip("tfcheck is not here; set TFCHECK to its path")
    dist = packaged({"sources": {}}, tmp_path)
    described: dict[str, Any] = json.loads((dist / "deployment.json").read_text())
    types = {"tags": "array<string>", "of": "struct<a:int>", "raw": "binary", 'a"b': "int", "ok": "boolean"}
    columns = [{"name": name, "type": type_, "comment": ""} for name, type_ in types.items()]
    described["catalog"] = {"odd": {"dataset": "odd", "description": "", "columns": columns}}
    (dist / "deployment.json").write_text(json.dumps(described))
    state = run("json", "-var-file=environments/dev.tfvars", f"-var-file={WAREHOUSE}", f"-var=dist_dir={dist}")
    planned = json.loads(state)["planned_values"]["root_module"]["child_modules"]
    (quicksight,) = (m for m in planned if m["address"] == "module.quicksight[0]")
    (made,) = (r["values"] for r in quicksight["resources"] if r["address"].endswith('data_set.dataset["odd"]'))
    (table,) = made["physical_table_map"]
    assert not table["relational_table"]
    assert table["custom_sql"][0]["sql_query"] == (
        'SELECT json_format(CAST("tags" AS JSON)) AS "tags", json_format(CAST("of" AS JSON)) AS "of", to_hex("raw") AS "raw",'
        ' "a""b", "ok", "year", "month", "day" FROM "glue_etl_pipeline_dev"."odd"'
    )
    assert [c["type"] for c in table["custom_sql"][0]["columns"]] == [
        "STRING", "STRING", "STRING", "INTEGER", "BOOLEAN", "STRING", "STRING", "STRING",
    ]  # fmt: skip
