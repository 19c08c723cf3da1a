# The three functions, in the order of the data's way. They share one set of settings (core.files.settings reads it); the service
# name is the function's own, so that the metrics of two deployments in one account stay apart.
module "dispatch" {
  source = "../function"

  name               = var.names.dispatch
  description        = "Claims and detects arrived files, packs them into runs and starts the Glue job"
  handler            = "lambdas.dispatch.handler.lambda_handler"
  code               = var.code.dispatch
  timeout_seconds    = var.timeouts.dispatch
  environment        = merge(var.settings, { POWERTOOLS_SERVICE_NAME = var.names.dispatch })
  policy_json        = data.aws_iam_policy_document.dispatch.json
  log_retention_days = var.log_retention_days
  key_arn            = var.key_arn

  # Two at a time are enough to start runs, and keep a burst together in few of them.
  queue = {
    arn                     = var.arrivals.arn
    batch_size              = 1000
    batching_window_seconds = var.batching_window_seconds
    maximum_concurrency     = 2
  }
}

module "finalize" {
  source = "../function"

  name               = var.names.finalize
  description        = "Publishes or quarantines what a run staged, records it and tells people"
  handler            = "lambdas.finalize.handler.lambda_handler"
  code               = var.code.finalize
  timeout_seconds    = var.timeouts.finalize
  environment        = merge(var.settings, { POWERTOOLS_SERVICE_NAME = var.names.finalize })
  policy_json        = data.aws_iam_policy_document.finalize.json
  log_retention_days = var.log_retention_days
  key_arn            = var.key_arn

  queue = {
    arn                     = var.outcomes.arn
    batch_size              = 10
    batching_window_seconds = 0
    maximum_concurrency     = 5
  }
}

module "sweep" {
  source = "../function"

  name                 = var.names.sweep
  description          = "Finds lost events and dead runs and puts them back on their way"
  handler              = "lambdas.sweep.handler.lambda_handler"
  code                 = var.code.sweep
  timeout_seconds      = var.timeouts.sweep
  environment          = merge(var.settings, { POWERTOOLS_SERVICE_NAME = var.names.sweep })
  policy_json          = data.aws_iam_policy_document.sweep.json
  reserved_concurrency = var.sweep_reserved_concurrency
  dead_letters_arn     = var.schedules_dead_letters_arn
  log_retention_days   = var.log_retention_days
  key_arn              = var.key_arn
}
