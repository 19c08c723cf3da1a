# The two Glue jobs: what each may do and is told, and one module that makes either. Transforms have theirs where one is declared.
module "processing" {
  source = "./modules/processing"

  job_name          = local.names.ingest_job
  buckets           = module.storage.buckets
  prefixes          = local.prefixes
  protection_secret = local.protection_secret
  vpc               = var.vpc
  key_arn           = module.access.key_arn
  account           = local.account
  local_aws         = local.is_local
}

module "transforming" {
  source = "./modules/transforming"
  count  = local.transforms ? 1 : 0

  buckets  = module.storage.buckets
  prefixes = local.prefixes
}

locals {
  every_job = {
    ingest = {
      name        = local.names.ingest_job
      description = "Reads the files of a run's manifest, enriches, audits and stages them"
      script      = "script"
      arguments   = local.protection_secret == "" ? {} : { "--protection-secret" = local.protection_secret }
    }
    transform = {
      name        = local.names.transform_job
      description = "Reads what is published of transforms' inputs, makes their rows, checks their rules and stages them"
      script      = "transform_script"
      arguments   = { "--openlineage-url" = var.openlineage_url }
    }
  }

  jobs = { for job, said in local.every_job : job => said if job != "transform" || local.transforms }

  # With a security configuration that encrypts logs, Glue adds its name and the role's ("Logging for AWS Glue jobs", AWS Glue Developer
  # Guide); both are the job's here.
  job_log_groups = {
    for job, said in local.jobs : job => {
      for stream in ["error", "output"] : stream => "${local.job_logs}/${said.name}/${said.name}-role/${said.name}/${stream}"
    }
  }

  # Found at plan, before anything is made.
  wrong_transforms = [
    for name, transform in local.deployment.transforms : "The transform ${name} has a schedule and too long a name for ${local.name}: EventBridge Scheduler allows 64 characters for ${local.names.transform}-${name}."
    if transform.schedule != "" && length("${local.names.transform}-${name}") > 64
  ]

  job_logs = "/aws-glue/jobs"
  jobs_may = merge({ ingest = module.processing.policy_json }, { for made in module.transforming : "transform" => made.policy_json })
}

module "job" {
  source   = "./modules/job"
  for_each = local.jobs

  name               = each.value.name
  description        = each.value.description
  command            = local.deployment.job
  arguments          = merge({ "--environment" = var.environment, "--raw-bucket" = module.storage.buckets.raw.name }, each.value.arguments)
  script_uri         = module.artifacts.uris[each.value.script]
  package_uri        = module.artifacts.uris.package
  wheels_uri         = module.artifacts.uris.wheels
  connections        = each.key == "ingest" ? module.processing.connections : []
  policy_json        = local.jobs_may[each.key]
  artifacts_bucket   = module.storage.buckets.artifacts
  log_group_prefix   = "${local.job_logs}/${each.value.name}"
  log_groups         = local.job_log_groups[each.key]
  log_retention_days = var.log_retention_days
  key_arn            = module.access.key_arn
  account            = local.account

  capacity = {
    glue_version        = var.glue_version
    worker_type         = var.glue_worker_type
    max_workers         = var.glue_max_workers
    max_concurrent_runs = var.glue_max_concurrent_runs
    timeout_minutes     = var.glue_timeout_minutes
  }
}
