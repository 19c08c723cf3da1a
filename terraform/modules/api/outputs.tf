output "address" {
  description = "Where the API is."
  value       = aws_apigatewayv2_api.this.api_endpoint
}

output "names" {
  description = "Names of its functions."
  value       = { for name, function in module.function : name => function.name }
}

output "caller_policies" {
  description = "ARN of the policy for each role of callers; empty where the API takes tokens."
  value       = { for role, policy in aws_iam_policy.callers : role => policy.arn }
}
