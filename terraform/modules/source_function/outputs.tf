output "name" {
  description = "Name of the function."
  value       = module.function.name
}

output "arn" {
  description = "ARN of the function."
  value       = module.function.arn
}
