# API Gateway's HTTP API: the routes of deployment.json and no other, each with an authorizer. Nothing is public, no page of
# another site may call it (no CORS), and its access log has no query strings, no headers and no bodies.
resource "aws_apigatewayv2_api" "this" {
  name                         = var.api_name
  description                  = "Datasets, files, runs and rows of ${var.name}"
  protocol_type                = "HTTP"
  disable_execute_api_endpoint = false
}

resource "aws_apigatewayv2_authorizer" "tokens" {
  count = var.settings.auth.type == "jwt" ? 1 : 0

  api_id           = aws_apigatewayv2_api.this.id
  name             = "tokens"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = var.settings.auth.issuer
    audience = var.settings.auth.audience
  }
}

resource "aws_apigatewayv2_integration" "function" {
  for_each = var.functions

  api_id                 = aws_apigatewayv2_api.this.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.function[each.key].arn
  payload_format_version = "2.0"
  timeout_milliseconds   = 30000
}

resource "aws_apigatewayv2_route" "this" {
  for_each = var.routes

  api_id               = aws_apigatewayv2_api.this.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.function[each.value.function].id}"
  authorization_type   = var.settings.auth.type == "jwt" ? "JWT" : "AWS_IAM"
  authorizer_id        = var.settings.auth.type == "jwt" ? aws_apigatewayv2_authorizer.tokens[0].id : null
  authorization_scopes = var.settings.auth.type == "jwt" ? ["${var.scope_prefix}${each.value.role}"] : null
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.this.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit    = var.settings.requests_per_second
    throttling_burst_limit   = var.settings.burst
    detailed_metrics_enabled = true
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId  = "$context.requestId"
      time       = "$context.requestTime"
      ip         = "$context.identity.sourceIp"
      caller     = var.settings.auth.type == "jwt" ? "$context.authorizer.claims.sub" : "$context.identity.userArn"
      routeKey   = "$context.routeKey"
      path       = "$context.path"
      status     = "$context.status"
      bytes      = "$context.responseLength"
      latency    = "$context.responseLatency"
      refused    = "$context.authorizer.error"
      integrated = "$context.integrationErrorMessage"
    })
  }
}

# Vended logs: a group of this beginning needs no place in the account's resource policy ("Enable logging from AWS services").
resource "aws_cloudwatch_log_group" "access" {
  #checkov:skip=CKV_AWS_338:How long logs are kept is the user's to set (log_retention_days); the default is a year.
  name              = "/aws/vendedlogs/apis/${var.api_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.key_arn
}

module "function" {
  for_each = var.functions
  source   = "../function"

  name               = "${var.name}-${each.key}"
  description        = each.value.description
  handler            = each.value.handler
  python             = var.python
  code               = var.code[each.key]
  timeout_seconds    = each.value.timeout_seconds
  memory_mb          = each.value.memory_mb
  environment        = merge(var.environment, local.told, { POWERTOOLS_SERVICE_NAME = "${var.name}-${each.key}" })
  policy_json        = local.policies[each.key]
  log_retention_days = var.log_retention_days
  key_arn            = var.key_arn
}

resource "aws_lambda_permission" "gateway" {
  for_each = var.functions

  statement_id  = "gateway"
  action        = "lambda:InvokeFunction"
  function_name = module.function[each.key].name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.this.execution_arn}/$default/*"
}

locals {
  results = "athena-results/api/"

  told = {
    QUERY_ENGINE        = var.local_aws ? "duckdb" : "athena"
    QUERY_WORKGROUP     = aws_athena_workgroup.api.name
    QUERY_RESULTS       = "s3://${var.buckets.artifacts.name}/${local.results}"
    QUERY_REUSE_MINUTES = tostring(var.settings.result_reuse_minutes)
  }
}
