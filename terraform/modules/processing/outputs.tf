output "policy_json" {
  description = "What the ingest job may do besides what every job may."
  value       = data.aws_iam_policy_document.this.json
}

output "connections" {
  description = "Name of the Glue connection that puts the job into the VPC; empty without one."
  value       = aws_glue_connection.vpc[*].name
}

output "protection_secret" {
  description = "Name of the secret with the key of protected columns; empty where no contract needs one."
  value       = one(aws_secretsmanager_secret.protection[*].name) == null ? "" : one(aws_secretsmanager_secret.protection[*].name)
}
