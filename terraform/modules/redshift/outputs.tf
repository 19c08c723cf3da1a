output "workgroup" {
  description = "Name of the workgroup; the namespace has the same."
  value       = aws_redshiftserverless_workgroup.this.workgroup_name
}

output "workgroup_arn" {
  description = "ARN of the workgroup."
  value       = aws_redshiftserverless_workgroup.this.arn
}

output "database" {
  description = "Name of the database."
  value       = aws_redshiftserverless_namespace.this.db_name
}

output "role_arn" {
  description = "Role that reads the catalog and the published rows."
  value       = aws_iam_role.reader.arn
}

output "sql" {
  description = "What an administrator runs once (docs/query.md): the external schema, that of the copies, and who may read them."
  value       = local.sql
}
