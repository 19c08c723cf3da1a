output "made_at" {
  description = "When the deployment was first planned."
  value       = aws_ssm_parameter.this.insecure_value
}
