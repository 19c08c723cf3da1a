output "names" {
  description = "Names of the functions, by source."
  value       = { for name, function in module.pull : name => function.name }
}
