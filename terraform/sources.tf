# What sources/*.yaml declare, as typed values: the modules need no other way to read them. `make package` has checked the
# files (core/pulling and core/collecting of glue_etl, whose defaults these are); a test holds both readers together.
locals {
  declared = { for file in fileset(local.sources_dir, "*.yaml") : trimsuffix(file, ".yaml") => yamldecode(file("${local.sources_dir}/${file}")) }

  pulled = {
    for name, source in local.declared : name => {
      names = {
        pull           = "${local.names.pull}-${name}"
        continue       = "${local.names.continue}-${name}"
        schedules_role = "${local.names.start}-${name}"
      }
      schedule          = try(source.schedule, "rate(1 hour)")
      stale_after_hours = try(source.stale_after_hours, 24)
      secrets           = distinct(compact([try(source.auth.secret, ""), try(source.secret, ""), try(source.ca_secret, "")]))
      vpc               = try(source.vpc, false)
    } if contains(["rest", "graphql", "database"], source.kind)
  }

  collected = {
    for name, source in local.declared : name => {
      function = "${local.names.collect}-${name}"
      kind     = source.kind

      # The stream, queue or cluster: a name or an ARN.
      origin            = try(source.stream, source.queue, source.cluster_arn, "")
      bootstrap_servers = try(source.bootstrap_servers, [])
      topics            = try(source.topics, [])
      consumer_group    = try(source.consumer_group, "glue-etl-${name}")
      starting_position = try(source.starting_position, "TRIM_HORIZON")

      # A FIFO queue gives ten messages at once and knows no waiting.
      records = try(source.batch.records, can(regex("[.]fifo$", source.queue)) ? 10 : 10000)
      seconds = try(source.batch.seconds, can(regex("[.]fifo$", source.queue)) ? 0 : 60)

      secrets       = { for use, secret in { (try(source.auth.type, "none")) = try(source.auth.secret, ""), authority = try(source.ca_secret, "") } : use => secret if secret != "" }
      iam           = source.kind == "kafka" && can(source.cluster_arn) && try(source.auth.type, "iam") == "iam"
      glue_registry = try(source.payload.registry, "") == "glue"
      vpc           = try(source.vpc, false)
    } if contains(["kinesis", "kafka", "sqs"], source.kind)
  }


  # Found at plan, before anything is made.
  wrong_sources = concat(
    [for name, source in merge(local.pulled, local.collected) : "sources/${name}.yaml says vpc: true, but the variable vpc is null: name a subnet and security groups." if source.vpc && var.vpc == null],
    [for name in keys(local.declared) : "The source ${name} has too long a name for ${local.name}: AWS allows 64 characters for ${local.names.continue}-${name}." if length("${local.names.continue}-${name}") > 64],
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
      POWERTOOLS_METRICS_NAMESPACE = local.metrics_namespace
      POWERTOOLS_LOG_LEVEL         = var.log_level
    }
    incoming_prefix    = local.prefixes.incoming
    buckets            = module.storage.buckets
    table_arn          = module.source_states.arn
    topic_arn          = module.notices.topic_arn
    vpc                = var.vpc == null ? null : { subnet_ids = [var.vpc.subnet_id], security_group_ids = var.vpc.security_group_ids }
    log_retention_days = var.log_retention_days
    key_arn            = module.access.key_arn
    account            = local.account
  }
}
