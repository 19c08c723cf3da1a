output "key_arn" {
  description = "Key that encrypts everything at rest."
  value       = var.own_key_arn == "" ? aws_kms_key.this[0].arn : var.own_key_arn
}
