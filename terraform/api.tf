# The API, where the variable `api` is set.
module "api" {
  count  = var.api == null ? 0 : 1
  source = "./modules/api"

  name               = local.name
  api_name           = local.names.api
  settings           = var.api
  functions          = local.deployment.api_functions
  routes             = local.deployment.api_routes
  scope_prefix       = local.deployment.api_scope_prefix
  python             = local.deployment.python.functions
  code               = module.artifacts.functions
  environment        = local.settings
  buckets            = module.storage.buckets
  prefixes           = local.prefixes
  database           = module.catalog.database
  ledger             = module.tables.tables.ledger
  job_state          = module.tables.tables.job_state
  arrivals           = module.arrival.queue
  queues             = [module.arrival.queue, module.arrival.dead_letters, module.outcome.queue, module.outcome.dead_letters]
  sources_table_arn  = try(module.tables.tables.sources.arn, null)
  log_retention_days = var.log_retention_days
  key_arn            = module.access.key_arn
  force_destroy      = !local.deletion_protection
  account            = local.account
  local_aws          = local.is_local
}
