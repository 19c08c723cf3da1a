output "names" {
  description = "Names of the functions."
  value       = { dispatch = module.dispatch.name, finalize = module.finalize.name, sweep = module.sweep.name }
}

output "sweep_arn" {
  description = "ARN of the sweep, which a schedule calls."
  value       = module.sweep.arn
}
