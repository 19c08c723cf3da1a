# The function of one source, with what every source's function has: its declaration, its own folders, its own rows of the
# table of sources and its own secrets. What its kind needs besides comes as policy_json.
module "function" {
  source = "../function"

  name               = var.name
  description        = var.description
  handler            = var.handler
  python             = var.shared.python
  code               = var.code
  timeout_seconds    = var.timeout_seconds
  memory_mb          = var.memory_mb
  environment        = merge(var.shared.settings, { SOURCE = var.source_name, POWERTOOLS_SERVICE_NAME = var.name })
  policy_json        = data.aws_iam_policy_document.all.json
  vpc                = var.in_vpc ? var.shared.vpc : null
  queue              = var.queue
  dead_letters_arn   = var.dead_letters_arn
  log_retention_days = var.shared.log_retention_days
  key_arn            = var.shared.key_arn
}
