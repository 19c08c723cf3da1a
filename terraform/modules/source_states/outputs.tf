output "arn" {
  description = "ARN of the table. Null where no source is declared."
  value       = one(aws_dynamodb_table.this[*].arn)
}
