output "dead_letters" {
  description = "Queue of what the schedules could not deliver and the sweep failed on: name and ARN."
  value       = { name = aws_sqs_queue.dead_letters.name, arn = aws_sqs_queue.dead_letters.arn }
}

output "group" {
  description = "Group that the deployment's schedules are in: name and ARN."
  value       = { name = aws_scheduler_schedule_group.this.name, arn = aws_scheduler_schedule_group.this.arn }
}
