output "tables" {
  description = "Name and ARN of each table, by what it holds."
  value       = { for what, table in aws_dynamodb_table.this : what => { name = table.name, arn = table.arn } }
}
