# Redshift Serverless beside the data: queries read the published rows where they lie, by an external schema on the catalog, so that a
# replay or a rollback is seen by the next query. In the user's own subnets; nothing is public.
resource "aws_redshiftserverless_namespace" "this" {
  namespace_name = var.name
  db_name        = local.database
  kms_key_id     = var.key_arn
  iam_roles      = [aws_iam_role.reader.arn]
  log_exports    = local.logs

  # So that its logs have our key and retention: Redshift takes groups that are there, and makes those that are not.
  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_redshiftserverless_workgroup" "this" {
  namespace_name       = aws_redshiftserverless_namespace.this.namespace_name
  workgroup_name       = var.name
  base_capacity        = var.settings.base_capacity_rpu
  subnet_ids           = var.settings.subnet_ids
  security_group_ids   = var.settings.security_group_ids
  publicly_accessible  = false
  enhanced_vpc_routing = true
}

# What it may cost: beyond this, queries are refused until the next day (UTC).
resource "aws_redshiftserverless_usage_limit" "compute" {
  resource_arn  = aws_redshiftserverless_workgroup.this.arn
  usage_type    = "serverless-compute"
  period        = "daily"
  amount        = var.settings.rpu_hours_a_day
  breach_action = "deactivate"
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the user's to set (log_retention_days); the default is a year.
  for_each = toset(local.logs)

  name              = "/aws/redshift/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

locals {
  database = "analytics"
  logs     = ["connectionlog", "useractivitylog", "userlog"]

  # Whom the SQL names, as GRANT does. A user of an IAM role is IAMR:<role> ("GetCredentials", Amazon Redshift Serverless API reference).
  readers = concat(
    [for role in sort(var.settings.reader_roles) : "ROLE \"${role}\""],
    [for group in sort(var.settings.reader_groups) : "GROUP \"${group}\""],
    [for user in sort(var.settings.reader_users) : "\"${user}\""],
  )
  loader = "\"IAMR:${var.loader_role}\""
  copy   = "\"${var.catalog_database}_copy\""

  # Not run by Terraform. Its aws_redshiftdata_statement has no destroy, is made again as soon as AWS has forgotten the statement (24 hours),
  # and would need the administrator's password, which provider 5.14 keeps in the state. Each may be run again: nothing changes then
  # (CREATE USER says that the user is there).
  sql = concat(
    ["CREATE EXTERNAL SCHEMA IF NOT EXISTS \"${var.catalog_database}\" FROM DATA CATALOG DATABASE '${var.catalog_database}' IAM_ROLE '${aws_iam_role.reader.arn}'"],
    [for reader in local.readers : "GRANT USAGE ON SCHEMA \"${var.catalog_database}\" TO ${reader}"],
    length(var.settings.copies) == 0 ? [] : local.copy_sql,
  )

  # The schema of the copies is the loader's: it has no right on any other. Tables that it makes later are the readers' to read.
  copy_sql = concat(
    [
      "CREATE USER ${local.loader} PASSWORD DISABLE",
      "CREATE SCHEMA IF NOT EXISTS ${local.copy} AUTHORIZATION ${local.loader}",
    ],
    flatten([for reader in local.readers : [
      "GRANT USAGE ON SCHEMA ${local.copy} TO ${reader}",
      "GRANT SELECT ON ALL TABLES IN SCHEMA ${local.copy} TO ${reader}",
      "ALTER DEFAULT PRIVILEGES FOR USER ${local.loader} IN SCHEMA ${local.copy} GRANT SELECT ON TABLES TO ${reader}",
    ]]),
  )
}
