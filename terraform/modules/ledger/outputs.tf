output "ledger" {
  description = "Name and ARN of the ledger."
  value       = { name = aws_dynamodb_table.ledger.name, arn = aws_dynamodb_table.ledger.arn }
}

output "job_state" {
  description = "Name and ARN of the table with the state of each run."
  value       = { name = aws_dynamodb_table.job_state.name, arn = aws_dynamodb_table.job_state.arn }
}
