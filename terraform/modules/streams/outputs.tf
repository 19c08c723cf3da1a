output "names" {
  description = "Names of the functions, by source."
  value       = { for name, function in module.function : name => function.name }
}

output "dead_letters" {
  description = "Names of the queues of batches that Lambda gave up: one where there are Kinesis sources, else none."
  value       = aws_sqs_queue.dead_letters[*].name
}
