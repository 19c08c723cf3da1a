# The way of the data, top to bottom: a file arrives, is dispatched, processed, audited, finalized; people can query and watch.
# What is no file becomes one: sources are pulled and streams collected, where any are declared (sources.tf). Glue's jobs: jobs.tf.

data "aws_ssm_parameters_by_path" "deployments" {
  path = "/${local.name}"
}

module "deployment" {
  source = "./modules/deployment"

  name           = local.name
  parameter_name = "/${local.name}/deployment"
  found          = nonsensitive(data.aws_ssm_parameters_by_path.deployments.values)
  missing_files  = module.artifacts.missing
  wrong          = concat(local.wrong_sources, local.wrong_transforms, local.wrong_choices)
  dist_dir       = local.dist_dir
  account        = local.account
}

module "access" {
  source = "./modules/access"

  name        = local.name
  own_key_arn = var.kms_key_arn
  account     = local.account
}

module "storage" {
  source = "./modules/storage"

  names = {
    raw        = "${local.names.raw_bucket}${local.bucket_suffix}"
    curated    = "${local.names.curated_bucket}${local.bucket_suffix}"
    quarantine = "${local.names.quarantine_bucket}${local.bucket_suffix}"
    artifacts  = "${local.names.artifacts_bucket}${local.bucket_suffix}"
  }
  prefixes          = local.prefixes
  retention_days    = var.retention_days
  access_log_bucket = var.access_log_bucket
  force_destroy     = !local.deletion_protection
  key_arn           = module.access.key_arn
  local_aws         = local.is_local
}

module "artifacts" {
  source = "./modules/artifacts"

  bucket   = module.storage.buckets.artifacts.name
  dist_dir = local.dist_dir

  # The zips of sources' functions only where a source needs them, the API's where there is one.
  files = {
    for name, artifact in local.deployment.artifacts : name => artifact
    if(name != "pull" || length(local.pulled) > 0) && (name != "collect" || length(local.collected) > 0) && (var.api != null || !contains(keys(local.deployment.api_functions), name)) && (name != "transform_script" || local.transforms)
  }
}

module "tables" {
  source = "./modules/tables"

  tables = {
    for table, keys in local.deployment.tables : table => merge(keys, { name = local.names["${table}_table"] })
    if table != "sources" || length(local.pulled) + length(local.collected) > 0
  }
  deletion_protection = local.deletion_protection
  key_arn             = module.access.key_arn
}

module "notices" {
  source = "./modules/notices"

  name      = local.names.notices_topic
  addresses = var.alarm_addresses
  key_arn   = module.access.key_arn
  account   = local.account
}

module "arrival" {
  source = "./modules/arrival"

  queue_name                 = local.names.arrivals_queue
  bucket                     = module.storage.buckets.raw
  incoming_prefix            = local.prefixes.incoming
  visibility_timeout_seconds = local.deployment.queues.arrivals.visibility_timeout_seconds
  max_receive_count          = local.deployment.queues.arrivals.max_receive_count
  key_arn                    = module.access.key_arn
  account                    = local.account
  local_aws                  = local.is_local
}

module "catalog" {
  source = "./modules/catalog"

  database         = replace(local.name, "-", "_")
  workgroup        = local.name
  environment      = var.environment
  tables           = local.deployment.catalog
  quality_tables   = local.deployment.quality_tables
  curated_bucket   = module.storage.buckets.curated.name
  artifacts_bucket = module.storage.buckets.artifacts.name
  scan_limit_bytes = var.athena_scan_limit_bytes
  force_destroy    = !local.deletion_protection
  key_arn          = module.access.key_arn
}

module "outcome" {
  source = "./modules/outcome"

  rule_name                  = local.names.run_ended_rule
  queue_name                 = local.names.outcomes_queue
  job_names                  = [for job in values(local.jobs) : job.name]
  visibility_timeout_seconds = local.deployment.queues.outcomes.visibility_timeout_seconds
  max_receive_count          = local.deployment.queues.outcomes.max_receive_count
  end_states                 = local.deployment.job.end_states
  key_arn                    = module.access.key_arn
  local_aws                  = local.is_local
}

# What all functions but those of sources are told: core/files/settings.py reads it.
locals {
  settings = merge({
    ENVIRONMENT                  = var.environment
    RAW_BUCKET                   = module.storage.buckets.raw.name
    CURATED_BUCKET               = module.storage.buckets.curated.name
    QUARANTINE_BUCKET            = module.storage.buckets.quarantine.name
    INCOMING_PREFIX              = local.prefixes.incoming
    LEDGER_TABLE                 = module.tables.tables.ledger.name
    JOB_STATE_TABLE              = module.tables.tables.job_state.name
    GLUE_JOB_NAME                = local.names.ingest_job
    TRANSFORM_JOB_NAME           = local.names.transform_job
    CONTRACTS_URI                = module.artifacts.uris.contracts
    ARRIVALS_QUEUE_URL           = module.arrival.queue.url
    NOTICES_TOPIC_ARN            = module.notices.topic_arn
    CATALOG_DATABASE             = module.catalog.database
    MAX_FILES_PER_RUN            = tostring(var.max_files_per_run)
    MAX_BYTES_PER_RUN            = tostring(var.max_bytes_per_run)
    MAX_ATTEMPTS                 = tostring(var.max_attempts)
    LEAST_SECONDS_BETWEEN_RUNS   = tostring(var.least_seconds_between_runs)
    NOTICES                      = var.notices
    ROW_TEXT_IN_REASONS          = tostring(var.row_text_in_reasons)
    TELL_UNUSUAL                 = tostring(var.tell_unusual)
    AUTOMATIC_DATASETS           = var.automatic_datasets
    NEW_DATASETS_A_DAY           = tostring(var.new_datasets_a_day)
    SCHEMA_POLICY                = var.schema_policy
    TABLE_FORMAT                 = var.table_format
    COMPACT_AFTER_HOURS          = tostring(var.compact_after_hours)
    COMPACT_LEAST_OBJECTS        = tostring(var.compact_least_objects)
    COMPACT_OBJECT_BYTES         = tostring(var.compact_object_bytes)
    COMPACT_DAYS_PER_SWEEP       = tostring(var.compact_days_per_sweep)
    SNAPSHOT_DAYS                = tostring(var.snapshot_days)
    SNAPSHOTS_KEPT               = tostring(var.snapshots_kept)
    WATCHED_DATASETS             = join(",", var.watched_datasets)
    PUBLISH_WITHIN_MINUTES       = tostring(var.publish_within_minutes)
    OPENLINEAGE_URL              = var.openlineage_url
    POWERTOOLS_METRICS_NAMESPACE = local.metrics_namespace
    POWERTOOLS_LOG_LEVEL         = var.log_level
  }, local.warehouse_settings)
}

module "functions" {
  source = "./modules/functions"

  name      = local.name
  python    = local.deployment.python.functions
  functions = local.deployment.functions
  code      = module.artifacts.functions
  settings  = local.settings

  datasets_read = local.deployment.datasets_read

  queues                     = { arrivals = module.arrival.queue, outcomes = module.outcome.queue }
  schedules_dead_letters_arn = module.schedule.dead_letters.arn
  batching_window_seconds    = var.batching_window_seconds
  reserved_concurrency       = { sweep = var.sweep_reserved_concurrency }
  buckets                    = module.storage.buckets
  prefixes                   = local.prefixes
  job                        = module.job["ingest"].job
  transform_job              = one([for job, made in module.job : made.job if job == "transform"])
  database                   = module.catalog.database
  ledger                     = module.tables.tables.ledger
  job_state                  = module.tables.tables.job_state
  topic_arn                  = module.notices.topic_arn
  imported_data_sets         = local.imports ? "${local.name}-*" : ""
  warehouse                  = length(local.copied) == 0 ? null : { arn = module.redshift[0].workgroup_arn }
  log_retention_days         = var.log_retention_days
  key_arn                    = module.access.key_arn
  account                    = local.account
}

module "schedule" {
  source = "./modules/schedule"

  name              = local.name
  dead_letters_name = local.names.schedules_dead_letters
  retries           = local.deployment.schedules
  functions = {
    for name, function in local.deployment.functions : name => {
      name        = module.functions.names[name]
      description = function.description
      arn         = module.functions.arns[name]
      schedule    = replace(function.schedule, "{sweep_minutes}", var.sweep_minutes)
    } if can(function.schedule)
  }
  transforms = {
    for name, transform in local.deployment.transforms : name => {
      name     = "${local.names.transform}-${name}"
      schedule = transform.schedule
      function = "sweep"
    } if transform.schedule != ""
  }
  health_check = {
    name           = local.names.health_check
    first_name     = local.names.first_health_check
    enabled        = var.health_check.enabled
    schedule       = coalesce(var.health_check.schedule, local.deployment.schedules.health_check.expression)
    first_schedule = local.deployment.schedules.health_check.first
    job_name       = local.names.ingest_job
    job_arn        = module.job["ingest"].job.arn
  }
  key_arn = module.access.key_arn
  account = local.account
}

module "sources" {
  source = "./modules/sources"

  pulled           = local.pulled
  function         = local.deployment.source_functions.pull
  schedules        = local.deployment.schedules
  code             = lookup(module.artifacts.functions, "pull", null)
  schedule_group   = module.schedule.group
  dead_letters_arn = module.schedule.dead_letters.arn
  shared           = local.for_sources
}

module "streams" {
  source = "./modules/streams"

  collected         = local.collected
  function          = local.deployment.source_functions.collect
  kinds             = local.deployment.collected_kinds
  code              = lookup(module.artifacts.functions, "collect", null)
  dead_letters_name = local.names.streams_dead_letters
  shared            = local.for_sources
}

module "monitoring" {
  source = "./modules/monitoring"

  name              = local.name
  region            = var.region
  metrics_namespace = local.metrics_namespace

  queues = {
    # A burst takes its time, some 200 a second; files wait for runs in the ledger, not here.
    arrivals = {
      name             = module.arrival.queue.name
      reader           = module.functions.names.dispatch
      waiting_seconds  = 3600
      waiting_messages = var.max_files_per_run * var.glue_max_concurrent_runs
    }
    # An outcome should be taken at once.
    outcomes = {
      name             = module.outcome.queue.name
      reader           = module.functions.names.finalize
      waiting_seconds  = 900
      waiting_messages = 0
    }
  }

  dead_letters = {
    arrivals = {
      name = module.arrival.dead_letters.name
      do   = "dispatch failed on these arrivals ${local.deployment.queues.arrivals.max_receive_count} times. Look at them (glue-etl dlq list) and at the log of ${module.functions.names.dispatch}, mend the cause, then send them back (glue-etl dlq redrive). Nothing is lost: the sweep finds what never arrived."
    }
    outcomes = {
      name = module.outcome.dead_letters.name
      do   = "finalize failed on these ended runs ${local.deployment.queues.outcomes.max_receive_count} times. Look at them (glue-etl dlq list) and at the log of ${module.functions.names.finalize}, mend the cause, then send them back (glue-etl dlq redrive). Nothing of them is published half: the sweep ends what is open."
    }
    schedules = {
      name = module.schedule.dead_letters.name
      do   = "A schedule could not call the sweep, a pull or the canary, or one of them failed. Read one (aws sqs receive-message), mend the cause, and purge the queue: the next sweep or pull does the work of the failed one."
    }
  }

  # A file may wait through two whole runs at the concurrency limit.
  waiting_for_runs_seconds = 120 * var.glue_timeout_minutes

  functions            = module.functions.names
  transforms           = keys(local.deployment.transforms)
  pulled               = { for name, source in local.pulled : name => { function = source.names.pull, stale_after_hours = source.stale_after_hours } }
  collected            = { for name, source in local.collected : name => { function = source.function, kind = source.kind, queue = reverse(split(":", source.origin))[0] } }
  collected_kinds      = local.deployment.collected_kinds
  streams_dead_letters = local.names.streams_dead_letters
  job_name             = local.names.ingest_job
  job_log_group        = local.job_log_groups.ingest.error
  health_check_enabled = var.health_check.enabled
  promise              = { within_minutes = var.publish_within_minutes, percent = var.publish_target_percent }
  stale_after_hours    = var.stale_after_hours
  topic_arn            = module.notices.topic_arn
  local_aws            = local.is_local
}
