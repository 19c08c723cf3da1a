# The functions of deployment.json. They share one set of settings (core/files/settings.py reads it); the service name is the
# function's own, so that the metrics of two deployments in one account stay apart.
module "function" {
  for_each = var.functions
  source   = "../function"

  name                 = "${var.name}-${each.key}"
  description          = each.value.description
  handler              = each.value.handler
  python               = var.python
  code                 = var.code[each.key]
  timeout_seconds      = each.value.timeout_seconds
  memory_mb            = each.value.memory_mb
  environment          = merge(var.settings, { POWERTOOLS_SERVICE_NAME = "${var.name}-${each.key}" })
  policy_json          = local.policies[each.key]
  reserved_concurrency = lookup(var.reserved_concurrency, each.key, -1)
  dead_letters_arn     = each.value.queue == null ? var.schedules_dead_letters_arn : null
  log_retention_days   = var.log_retention_days
  key_arn              = var.key_arn

  queue = each.value.queue == null ? null : {
    arn                     = var.queues[each.value.queue.name].arn
    batch_size              = each.value.queue.batch_size
    batching_window_seconds = coalesce(each.value.queue.batching_window_seconds, var.batching_window_seconds)
    maximum_concurrency     = each.value.queue.maximum_concurrency
  }
}
