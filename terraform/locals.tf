data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  # Every name of the deployment, in one place: the modules make up none. design.md's words, nothing else.
  name = "${var.name_prefix}-${var.environment}"
  names = {
    raw_bucket        = "${local.name}-raw"
    curated_bucket    = "${local.name}-curated"
    quarantine_bucket = "${local.name}-quarantine"
    artifacts_bucket  = "${local.name}-artifacts"

    arrivals_queue  = "${local.name}-arrivals"
    outcomes_queue  = "${local.name}-outcomes"
    schedules_queue = "${local.name}-schedules"

    dispatch = "${local.name}-dispatch"
    finalize = "${local.name}-finalize"
    sweep    = "${local.name}-sweep"

    health_check = "${local.name}-health-check"

    streams_dead_letters = "${local.name}-streams-dlq"

    # Of a source: <this>-<source>.
    pull     = "${local.name}-pull"
    continue = "${local.name}-continue"
    collect  = "${local.name}-collect"
    start    = "${local.name}-start"

    ingest_job      = "${local.name}-ingest"
    ledger_table    = "${local.name}-ledger"
    job_state_table = "${local.name}-job-state"
    sources_table   = "${local.name}-sources"
    notices_topic   = "${local.name}-notices"
    run_ended_rule  = "${local.name}-run-ended"
    workgroup       = local.name
    database        = replace(local.name, "-", "_")
    dashboard       = local.name
    deployment      = "/${local.name}/deployment"
  }

  # In the raw bucket. The incoming prefix is the product's address for its users, the other two are its own.
  prefixes = {
    incoming = "data/incoming/"
    staging  = "data/staging/"
    runs     = "data/runs/"
  }

  metrics_namespace = "GlueEtlPipeline"

  account = {
    id        = data.aws_caller_identity.current.account_id
    partition = data.aws_partition.current.partition
    region    = var.region
  }

  tags = merge({ Project = var.name_prefix, Environment = var.environment, ManagedBy = "terraform" }, var.tags)

  # Seconds. The queues' visibility timeouts are six times these.
  timeouts = { dispatch = 120, finalize = 300, sweep = 300 }

  deletion_protection = coalesce(var.deletion_protection, var.environment == "prod")

  dist_dir     = coalesce(var.dist_dir, "${path.root}/../dist")
  datasets_dir = coalesce(var.datasets_dir, "${path.root}/../datasets")
  sources_dir  = coalesce(var.sources_dir, "${path.root}/../sources")
}
