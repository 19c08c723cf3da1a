# What is declared in sources/, as `make package` compiled it, with its names.
locals {
  pulled = {
    for name, source in local.deployment.pulled : name => merge(source, {
      names = {
        pull           = "${local.names.pull}-${name}"
        continue       = "${local.names.continue}-${name}"
        schedules_role = "${local.names.start}-${name}"
      }
    })
  }

  collected = { for name, source in local.deployment.collected : name => merge(source, { function = "${local.names.collect}-${name}" }) }

  # Found at plan, before anything is made.
  wrong_sources = concat(
    [for name, source in merge(local.pulled, local.collected) : "sources/${name}.yaml says vpc: true, but the variable vpc is null: name a subnet and security groups." if source.vpc && var.vpc == null],
    [for name in concat(keys(local.pulled), keys(local.collected)) : "The source ${name} has too long a name for ${local.name}: AWS allows 64 characters for ${local.names.continue}-${name}." if length("${local.names.continue}-${name}") > 64],
  )

  # What the functions of all sources share.
  for_sources = {
    settings = {
      ENVIRONMENT                  = var.environment
      RAW_BUCKET                   = module.storage.buckets.raw.name
      QUARANTINE_BUCKET            = module.storage.buckets.quarantine.name
      INCOMING_PREFIX              = local.prefixes.incoming
      NOTICES_TOPIC_ARN            = module.notices.topic_arn
      SOURCES_URI                  = module.artifacts.uris.sources
      SOURCES_DIGEST               = module.artifacts.sources_digest # another text, another environment: Lambda starts the functions anew
      SOURCES_TABLE                = local.names.sources_table
      ROW_TEXT_IN_REASONS          = tostring(var.row_text_in_reasons)
      POWERTOOLS_METRICS_NAMESPACE = local.metrics_namespace
      POWERTOOLS_LOG_LEVEL         = var.log_level
    }
    python             = local.deployment.python.functions
    incoming_prefix    = local.prefixes.incoming
    buckets            = module.storage.buckets
    table_arn          = try(module.tables.tables.sources.arn, null)
    topic_arn          = module.notices.topic_arn
    vpc                = var.vpc == null ? null : { subnet_ids = [var.vpc.subnet_id], security_group_ids = var.vpc.security_group_ids }
    log_retention_days = var.log_retention_days
    key_arn            = module.access.key_arn
    account            = local.account
  }
}
