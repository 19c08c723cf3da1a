output "queue" {
  description = "The queue of outcomes: name, ARN and URL."
  value       = { name = aws_sqs_queue.outcomes.name, arn = aws_sqs_queue.outcomes.arn, url = aws_sqs_queue.outcomes.id }
}

output "dead_letters" {
  description = "The dead-letter queue: name and ARN."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn }
}
