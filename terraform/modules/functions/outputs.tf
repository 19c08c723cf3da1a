output "names" {
  description = "Names of the functions."
  value       = { for name, function in module.function : name => function.name }
}

output "arns" {
  description = "ARNs of the functions."
  value       = { for name, function in module.function : name => function.arn }
}

output "role_arns" {
  description = "ARNs of the functions' roles."
  value       = { for name, function in module.function : name => function.role_arn }
}
