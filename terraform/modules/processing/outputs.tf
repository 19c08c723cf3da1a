output "log_groups" {
  description = "Names of the log groups of the job's runs: error (Spark's, with the stack of what failed) and output (the script's)."
  value       = { for stream, group in aws_cloudwatch_log_group.ingest : stream => group.name }
}

output "protection_secret" {
  description = "Name of the secret with the key of protected columns; empty where no contract needs one."
  value       = one(aws_secretsmanager_secret.protection[*].name) == null ? "" : one(aws_secretsmanager_secret.protection[*].name)
}

output "job" {
  description = "The Glue job: name and ARN."
  value       = { name = aws_glue_job.ingest.name, arn = aws_glue_job.ingest.arn }
}
