output "dead_letters" {
  description = "Queue of what the schedules could not deliver and the sweep failed on: name and ARN."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn }
}
