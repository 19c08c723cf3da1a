output "database" {
  description = "Name of the catalog database."
  value       = aws_glue_catalog_database.this.name
}

output "tables" {
  description = "Names of the tables, by dataset."
  value       = { for name, table in var.tables : table.dataset => name }
}

output "workgroup" {
  description = "Name of the Athena workgroup."
  value       = aws_athena_workgroup.this.name
}
