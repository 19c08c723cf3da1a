output "queue" {
  description = "The queue of arrivals: name, ARN and URL."
  value       = { name = aws_sqs_queue.arrivals.name, arn = aws_sqs_queue.arrivals.arn, url = aws_sqs_queue.arrivals.id }
}

output "dead_letters" {
  description = "The dead-letter queue: name and ARN."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn }
}
