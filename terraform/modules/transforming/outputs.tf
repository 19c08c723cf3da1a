output "policy_json" {
  description = "What the transform job may do besides what every job may."
  value       = data.aws_iam_policy_document.this.json
}
