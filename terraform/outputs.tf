output "incoming" {
  description = "Drop files here, in a folder a day: <incoming>YYYY/MM/DD/<name>."
  value       = "s3://${module.storage.buckets.raw.name}/${local.prefixes.incoming}"
}

output "buckets" {
  description = "Names of the buckets, by purpose."
  value       = { for purpose, bucket in module.storage.buckets : purpose => bucket.name }
}

output "database" {
  description = "Catalog database with a table a dataset."
  value       = module.catalog.database
}

output "tables" {
  description = "Names of the tables, by dataset."
  value       = module.catalog.tables
}

output "workgroup" {
  description = "Athena workgroup to query in."
  value       = module.catalog.workgroup
}

output "ledger_table" {
  description = "Table with the state of each file."
  value       = module.tables.tables.ledger.name
}

output "functions" {
  description = "Names of the functions."
  value       = module.functions.names
}

output "sources" {
  description = "Names of the functions of the declared sources, by source."
  value       = merge(module.sources.names, module.streams.names)
}

output "api" {
  description = "Where the API is, and the policies for its callers (with auth.type iam); null without the variable api."
  value       = try({ address = module.api[0].address, caller_policies = module.api[0].caller_policies }, null)
}

output "redshift" {
  description = "Redshift's workgroup, database and role, and the SQL that an administrator runs once; null without the variable redshift."
  value       = try({ workgroup = module.redshift[0].workgroup, database = module.redshift[0].database, role_arn = module.redshift[0].role_arn, sql = module.redshift[0].sql }, null)
}

output "quicksight" {
  description = "Ids of QuickSight's data sets by table, of their folder, the dashboard and the analysis; null without the variable quicksight."
  value       = try({ data_sets = module.quicksight[0].data_sets, folder = module.quicksight[0].folder, dashboard = module.quicksight[0].dashboard, analysis = module.quicksight[0].analysis }, null)
}

output "glue_job" {
  description = "Name of the Glue job."
  value       = module.job["ingest"].job.name
}

output "protection_secret" {
  description = "Secret with the key of protected columns, whose value you put there (docs/personal-data.md); empty where no contract needs one."
  value       = module.processing.protection_secret
}

output "notices_topic_arn" {
  description = "Topic that carries notices and alarms."
  value       = module.notices.topic_arn
}

output "dashboard" {
  description = "Name of the CloudWatch dashboard."
  value       = module.monitoring.dashboard
}
