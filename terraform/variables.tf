variable "environment" {
  description = "Which deployment this is. Part of every name, and what the published rows say in their column environment."
  type        = string
  default     = "dev"
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be one of: dev, staging, prod."
  }
}

variable "region" {
  description = "AWS region that everything is deployed in."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the code of an AWS region, for example us-east-1 or eu-central-1."
  }
}

variable "name_prefix" {
  description = "Prefix of every name: the queue of arrivals is <name_prefix>-<environment>-arrivals, the raw bucket <name_prefix>-<environment>-raw<bucket_suffix>."
  type        = string
  default     = "glue-etl-pipeline"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.name_prefix)) && length(var.name_prefix) >= 3 && length(var.name_prefix) <= 31
    error_message = "name_prefix must be 3 to 31 lower-case letters, digits and single hyphens, and begin with a letter: names of buckets and roles allow no more."
  }

  validation {
    condition     = !can(regex("^(aws|ssm|sthree-|amzn-s3-demo-)", var.name_prefix))
    error_message = "name_prefix must not begin with aws or ssm, sthree- or amzn-s3-demo-: AWS keeps these for parameters and buckets of its own."
  }
}

variable "bucket_suffix" {
  description = "End of the buckets' names, which are unique over all AWS accounts. Null: a hyphen and the account's number. Empty: none, as deployments had it whose buckets are to be kept."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_suffix == null ? true : can(regex("^(-[a-z0-9]+)*$", var.bucket_suffix)) && length(var.bucket_suffix) <= 13
    error_message = "bucket_suffix must be null, empty, or at most 13 lower-case letters, digits and single hyphens that begin with a hyphen: a bucket's name has 63."
  }
}

variable "tags" {
  description = "Tags for everything, added to Project, Environment and ManagedBy. S3 objects carry at most ten."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = length(var.tags) <= 7
    error_message = "tags must have at most 7 entries: three are set here, and an S3 object carries at most 10."
  }
}

variable "dist_dir" {
  description = "Folder with what `make package glue-wheels` built. Empty: dist/ beside the terraform folder."
  type        = string
  default     = ""
  nullable    = false
}

variable "glue_version" {
  description = "Glue version of the job. The package is built and tested for 5.1: Spark 3.5.6, Python 3.11."
  type        = string
  default     = "5.1"
  nullable    = false

  validation {
    condition     = contains(["5.0", "5.1"], var.glue_version)
    error_message = "glue_version must be one of: 5.0, 5.1. Earlier versions have another Python."
  }
}

variable "glue_worker_type" {
  description = "Size of a Glue worker. G.1X has 4 vCPUs and 16 GB (1 DPU), G.2X twice that, and so on."
  type        = string
  default     = "G.1X"
  nullable    = false

  validation {
    condition     = contains(["G.1X", "G.2X", "G.4X", "G.8X"], var.glue_worker_type)
    error_message = "glue_worker_type must be one of: G.1X, G.2X, G.4X, G.8X."
  }
}

variable "glue_max_workers" {
  description = "Most workers a run may grow to. Auto scaling starts with two and bills what a run really uses."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.glue_max_workers >= 2 && var.glue_max_workers <= 299 && floor(var.glue_max_workers) == var.glue_max_workers
    error_message = "glue_max_workers must be a whole number from 2 to 299: a Glue Spark job has a driver and at least one worker."
  }
}

variable "glue_max_concurrent_runs" {
  description = "Most Glue runs at a time. Beyond it files wait in the ledger and make a larger run later."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.glue_max_concurrent_runs >= 1 && var.glue_max_concurrent_runs <= 200 && floor(var.glue_max_concurrent_runs) == var.glue_max_concurrent_runs
    error_message = "glue_max_concurrent_runs must be a whole number from 1 to 200."
  }
}

variable "glue_timeout_minutes" {
  description = "Minutes after which Glue stops a run; its files are taken up again by a new one."
  type        = number
  default     = 60
  nullable    = false

  validation {
    condition     = var.glue_timeout_minutes >= 5 && var.glue_timeout_minutes <= 2880 && floor(var.glue_timeout_minutes) == var.glue_timeout_minutes
    error_message = "glue_timeout_minutes must be a whole number from 5 to 2880."
  }
}

variable "batching_window_seconds" {
  description = "How long dispatch gathers arrivals before it starts a run. Longer: fewer and larger runs; shorter: rows are readable sooner."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.batching_window_seconds >= 1 && var.batching_window_seconds <= 300 && floor(var.batching_window_seconds) == var.batching_window_seconds
    error_message = "batching_window_seconds must be a whole number from 1 to 300: SQS gives batches of more than ten messages only with a window."
  }
}

variable "max_files_per_run" {
  description = "Most files in one Glue run."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.max_files_per_run >= 1 && var.max_files_per_run <= 10000 && floor(var.max_files_per_run) == var.max_files_per_run
    error_message = "max_files_per_run must be a whole number from 1 to 10000."
  }
}

variable "max_bytes_per_run" {
  description = "Most bytes of source files in one Glue run. A larger file gets a run of its own."
  type        = number
  default     = 10737418240
  nullable    = false

  validation {
    condition     = var.max_bytes_per_run >= 1048576 && floor(var.max_bytes_per_run) == var.max_bytes_per_run
    error_message = "max_bytes_per_run must be a whole number of bytes, at least 1048576 (1 MiB)."
  }
}

variable "max_attempts" {
  description = "Runs that may fail on a file before it is parked as FAILED with an alarm."
  type        = number
  default     = 3
  nullable    = false

  validation {
    condition     = var.max_attempts >= 1 && var.max_attempts <= 10 && floor(var.max_attempts) == var.max_attempts
    error_message = "max_attempts must be a whole number from 1 to 10."
  }
}

variable "least_seconds_between_runs" {
  description = "Seconds from the start of one Glue run to the next; files that arrive meanwhile wait and share it. 0: no wait. Files that trickle in cost a run each without it."
  type        = number
  default     = 0
  nullable    = false

  validation {
    condition     = var.least_seconds_between_runs >= 0 && var.least_seconds_between_runs <= 86400 && floor(var.least_seconds_between_runs) == var.least_seconds_between_runs
    error_message = "least_seconds_between_runs must be a whole number of seconds from 0 to 86400 (a day)."
  }
}

variable "notices" {
  description = "What people are mailed: each run (\"each\"), or at once what needs somebody and the rest in a summary of the day (\"problems_and_daily_summary\")."
  type        = string
  default     = "problems_and_daily_summary"
  nullable    = false

  validation {
    condition     = contains(["each", "problems_and_daily_summary"], var.notices)
    error_message = "notices must be one of: each, problems_and_daily_summary."
  }
}

variable "row_text_in_reasons" {
  description = "Whether reasons in the ledger and in notices quote the rows that they are about. Quarantine, and a run's result in the raw bucket, always do."
  type        = bool
  default     = false
  nullable    = false
}

variable "tell_unusual" {
  description = "Whether people are told of what in a dataset is unlike the days before, and of datasets that are silent for longer than usual or promised. What is promised or asked for in a suite is judged all the same."
  type        = bool
  default     = true
  nullable    = false
}

variable "automatic_datasets" {
  description = "What names the dataset, and so the table, of a file that no contract claims. folder: the folders below the incoming prefix, before the date. stem: those, else the file's name less dates, numbers and ids. off: nothing, all such files are dataset default."
  type        = string
  default     = "stem"
  nullable    = false

  validation {
    condition     = contains(["stem", "folder", "off"], var.automatic_datasets)
    error_message = "automatic_datasets must be one of: stem, folder, off."
  }
}

variable "new_datasets_a_day" {
  description = "Most datasets without a contract that begin in a day (UTC). The files of further ones are dataset default, and one notice a day says so."
  type        = number
  default     = 50
  nullable    = false

  validation {
    condition     = var.new_datasets_a_day >= 0 && var.new_datasets_a_day <= 1000 && floor(var.new_datasets_a_day) == var.new_datasets_a_day
    error_message = "new_datasets_a_day must be a whole number from 0 to 1000."
  }
}

variable "schema_policy" {
  description = "What becomes of a file whose columns differ from its dataset's schema, where no contract says it. evolve: the schema grows, what does not fit goes to the column _rescued_data. rescue: all that differs goes there. strict: the file is quarantined."
  type        = string
  default     = "evolve"
  nullable    = false

  validation {
    condition     = contains(["evolve", "rescue", "strict"], var.schema_policy)
    error_message = "schema_policy must be one of: evolve, rescue, strict."
  }
}

variable "table_format" {
  description = "Format of the tables of datasets whose schema is kept, where no contract says it. parquet: folders of Parquet. iceberg: a run's files appear, and an overwritten file's rows change, in one commit."
  type        = string
  default     = "parquet"
  nullable    = false

  validation {
    condition     = contains(["parquet", "iceberg"], var.table_format)
    error_message = "table_format must be one of: parquet, iceberg."
  }
}

variable "compact_after_hours" {
  description = "A day of a dataset without changes for so many hours is compacted: readers of the catalog get a copy of its many small objects in few. 0: never."
  type        = number
  default     = 24
  nullable    = false

  validation {
    condition     = var.compact_after_hours >= 0 && var.compact_after_hours <= 8760 && floor(var.compact_after_hours) == var.compact_after_hours
    error_message = "compact_after_hours must be a whole number from 0 (never) to 8760."
  }
}

variable "compact_least_objects" {
  description = "A day with fewer objects is not compacted."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.compact_least_objects >= 2 && floor(var.compact_least_objects) == var.compact_least_objects
    error_message = "compact_least_objects must be a whole number of at least 2."
  }
}

variable "compact_object_bytes" {
  description = "About how large the objects of a compacted day are."
  type        = number
  default     = 134217728
  nullable    = false

  validation {
    condition     = var.compact_object_bytes >= 1048576 && var.compact_object_bytes <= 1073741824 && floor(var.compact_object_bytes) == var.compact_object_bytes
    error_message = "compact_object_bytes must be a whole number from 1048576 (1 MiB) to 1073741824 (1 GiB)."
  }
}

variable "compact_days_per_sweep" {
  description = "Most days that a sweep has compacted, in one run of the job."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.compact_days_per_sweep >= 1 && var.compact_days_per_sweep <= 200 && floor(var.compact_days_per_sweep) == var.compact_days_per_sweep
    error_message = "compact_days_per_sweep must be a whole number from 1 to 200."
  }
}

variable "snapshot_days" {
  description = "Days for which earlier snapshots of an Iceberg table stay readable; then they expire, and what they alone list is deleted. 0: never."
  type        = number
  default     = 7
  nullable    = false

  validation {
    condition     = var.snapshot_days >= 0 && var.snapshot_days <= 3650 && floor(var.snapshot_days) == var.snapshot_days
    error_message = "snapshot_days must be a whole number from 0 to 3650."
  }
}

variable "snapshots_kept" {
  description = "Snapshots of an Iceberg table that stay readable whatever their age, the newest ones."
  type        = number
  default     = 10
  nullable    = false

  validation {
    condition     = var.snapshots_kept >= 1 && var.snapshots_kept <= 10000 && floor(var.snapshots_kept) == var.snapshots_kept
    error_message = "snapshots_kept must be a whole number from 1 to 10000."
  }
}

variable "watched_datasets" {
  description = "Datasets with metrics of their own, at most 50; all others are summed as (others). Empty: those with a contract. CloudWatch bills each metric of each dataset for the hours in which it has figures."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.watched_datasets) <= 50 && alltrue([for name in var.watched_datasets : can(regex("^[a-z][a-z0-9_]{0,99}$", name))])
    error_message = "watched_datasets must be at most 50 names of datasets: lower-case letters, digits and underscores."
  }

  validation {
    condition     = length(join(",", var.watched_datasets)) <= 1200
    error_message = "watched_datasets must be at most 1200 characters together: a function's environment has 4 KB."
  }
}

variable "publish_within_minutes" {
  description = "How soon after its arrival a file is to be readable. Alarms ring where too few are: publish_target_percent."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.publish_within_minutes >= 1 && var.publish_within_minutes <= 1440 && floor(var.publish_within_minutes) == var.publish_within_minutes
    error_message = "publish_within_minutes must be a whole number of minutes from 1 to 1440 (a day)."
  }
}

variable "publish_target_percent" {
  description = "How many of 100 files are to be readable within publish_within_minutes."
  type        = number
  default     = 99
  nullable    = false

  validation {
    condition     = var.publish_target_percent >= 90 && var.publish_target_percent < 100
    error_message = "publish_target_percent must be at least 90 and below 100."
  }
}

variable "stale_after_hours" {
  description = "Datasets that are to be published at least every so many hours; an alarm rings for one that is not. They must be watched (watched_datasets)."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for hours in values(var.stale_after_hours) : hours > 0])
    error_message = "stale_after_hours must give each dataset a number of hours above 0."
  }
}

variable "log_level" {
  description = "Level of the functions' logs."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "log_level must be one of: DEBUG, INFO, WARNING, ERROR."
  }
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 365
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."
  }
}

variable "retention_days" {
  description = "Days after which S3 removes what is no longer needed: staging (a run's working files), runs (manifests and results), old_versions (overwritten or deleted objects), quarantine (files set aside with their reasons)."
  type = object({
    staging      = optional(number, 7)
    runs         = optional(number, 90)
    old_versions = optional(number, 30)
    quarantine   = optional(number, 365)
  })
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for days in values(var.retention_days) : days >= 1 && floor(days) == days])
    error_message = "retention_days: each of staging, runs, old_versions and quarantine must be a whole number of days, at least 1."
  }

  validation {
    condition     = var.retention_days.staging >= 3
    error_message = "retention_days.staging must be at least 3: a run that is retried over a weekend's incident still needs its staged rows."
  }
}

variable "alarm_addresses" {
  description = "E-mail addresses that get the notices and alarms. Each must confirm the subscription that AWS mails it."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for address in var.alarm_addresses : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", address))])
    error_message = "alarm_addresses must be e-mail addresses, such as data-team@example.com."
  }
}

variable "sweep_minutes" {
  description = "Minutes between two sweeps, which find lost events and dead runs."
  type        = number
  default     = 5
  nullable    = false

  validation {
    condition     = var.sweep_minutes >= 2 && var.sweep_minutes <= 60 && floor(var.sweep_minutes) == var.sweep_minutes
    error_message = "sweep_minutes must be a whole number from 2 to 60."
  }
}

variable "sweep_reserved_concurrency" {
  description = "1 makes sure that two sweeps never run at once; -1 reserves nothing. A new AWS account has a limit of 10 concurrent functions, of which none can be reserved."
  type        = number
  default     = -1
  nullable    = false

  validation {
    condition     = contains([-1, 1], var.sweep_reserved_concurrency)
    error_message = "sweep_reserved_concurrency must be 1 (reserve one) or -1 (reserve nothing)."
  }
}

variable "health_check" {
  description = "The daily canary: a Glue run on one made-up row, through enrichment and audit. schedule is a cron(...) or rate(...) expression in UTC; null: that of shipping/deployment.yaml."
  type = object({
    enabled  = optional(bool, true)
    schedule = optional(string)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.health_check.schedule == null ? true : can(regex("^(cron|rate)\\(.+\\)$", var.health_check.schedule))
    error_message = "health_check.schedule must be an EventBridge Scheduler expression: cron(minutes hours day month weekday year) or rate(n hours)."
  }
}

variable "athena_scan_limit_bytes" {
  description = "Athena stops a query of the workgroup that scans more than this."
  type        = number
  default     = 10737418240
  nullable    = false

  validation {
    condition     = var.athena_scan_limit_bytes >= 10485760 && floor(var.athena_scan_limit_bytes) == var.athena_scan_limit_bytes
    error_message = "athena_scan_limit_bytes must be a whole number of bytes, at least 10485760 (10 MB, Athena's own minimum)."
  }
}

variable "kms_key_arn" {
  description = "Your own KMS key for everything at rest. Empty: one is made. Its policy must allow what modules/access/iam.tf lists."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.kms_key_arn == "" || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be empty or the ARN of a KMS key: arn:aws:kms:<region>:<account>:key/<id> (not an alias)."
  }
}

variable "vpc" {
  description = "Where the Glue job, and the sources that say vpc: true, reach what is private: a subnet with a route to S3, its availability zone, and security groups that allow all traffic among themselves. Null: no VPC."
  type = object({
    subnet_id          = string
    availability_zone  = string
    security_group_ids = set(string)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : can(regex("^subnet-[0-9a-f]+$", var.vpc.subnet_id)) && length(var.vpc.security_group_ids) > 0 && alltrue([for id in var.vpc.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
    error_message = "vpc must be null or have a subnet_id (subnet-...), its availability_zone, and at least one of security_group_ids (sg-...)."
  }
}

variable "lake_formation" {
  description = "For accounts whose catalog Lake Formation guards: grants lets the functions register partitions; registered says that the curated bucket is registered there as a location, to which they are then let too. Whoever applies must be an administrator of the data lake."
  type = object({
    grants     = optional(bool, false)
    registered = optional(bool, false)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.lake_formation.grants || !var.lake_formation.registered
    error_message = "lake_formation: registered is for grants = true only."
  }
}

variable "api" {
  description = "An HTTP API over datasets, files, runs and published rows (docs/api.md). auth.type: jwt, for tokens of an issuer (https) with one of the audiences, or iam, for signed requests. scan_limit_bytes: what one question may read. Null: none is made."
  type = object({
    auth = object({
      type     = string
      issuer   = optional(string, "")
      audience = optional(list(string), [])
    })
    requests_per_second  = optional(number, 50)
    burst                = optional(number, 100)
    scan_limit_bytes     = optional(number, 10737418240)
    result_reuse_minutes = optional(number, 0)
  })
  default = null

  validation {
    condition = var.api == null ? true : (
      contains(["jwt", "iam"], var.api.auth.type)
      && (var.api.auth.type == "iam" || (can(regex("^https://", var.api.auth.issuer)) && length(var.api.auth.audience) > 0))
      && var.api.requests_per_second >= 1 && var.api.burst >= 1
      && var.api.scan_limit_bytes >= 10485760
      && var.api.result_reuse_minutes >= 0 && var.api.result_reuse_minutes <= 10080
    )
    error_message = "api.auth.type must be iam, or jwt with an issuer (https://...) and at least one audience; requests_per_second and burst at least 1, scan_limit_bytes at least 10485760 (10 MiB), result_reuse_minutes from 0 to 10080."
  }
}

variable "redshift" {
  description = "Redshift Serverless over the published rows (docs/query.md), in your subnets: three or more private ones in as many availability zones, with a route to S3 and Glue. rpu_hours_a_day: beyond it queries are refused until the next day. reader_roles, reader_groups, reader_users: database roles, groups and users that may read the external schema and the copies. copies: datasets whose rows are kept in Redshift, too. Null: none is made."
  type = object({
    subnet_ids         = set(string)
    security_group_ids = set(string)
    base_capacity_rpu  = optional(number, 8)
    rpu_hours_a_day    = optional(number, 16)
    reader_roles       = optional(set(string), [])
    reader_groups      = optional(set(string), [])
    reader_users       = optional(set(string), [])
    copies             = optional(set(string), [])
  })
  default = null

  validation {
    condition = var.redshift == null ? true : (
      length(var.redshift.subnet_ids) >= 3 && alltrue([for id in var.redshift.subnet_ids : can(regex("^subnet-[0-9a-f]+$", id))])
      && length(var.redshift.security_group_ids) >= 1 && alltrue([for id in var.redshift.security_group_ids : can(regex("^sg-[0-9a-f]+$", id))])
      && var.redshift.base_capacity_rpu >= 8 && var.redshift.base_capacity_rpu <= 512 && var.redshift.base_capacity_rpu % 8 == 0
      && var.redshift.rpu_hours_a_day >= 1 && floor(var.redshift.rpu_hours_a_day) == var.redshift.rpu_hours_a_day
      && alltrue([for name in setunion(var.redshift.reader_roles, var.redshift.reader_groups) : can(regex("^[a-z_][a-z0-9_]{0,126}$", name))])
      && alltrue([for name in var.redshift.reader_users : can(regex("^[A-Za-z_][A-Za-z0-9_.:@+=,-]{0,126}$", name))])
      && length(join(",", var.redshift.copies)) <= 500 && alltrue([for name in var.redshift.copies : can(regex("^[a-z][a-z0-9_]{0,99}$", name))])
    )
    error_message = "redshift must be null or have at least three subnet_ids (subnet-...) and one of security_group_ids (sg-...); base_capacity_rpu a multiple of 8 from 8 to 512, rpu_hours_a_day a whole number from 1, reader_roles and reader_groups names of lower-case letters, digits and underscores, reader_users names of database users (IAMR:analyst), copies names of datasets, at most 500 characters together (a function's environment has 4 KB)."
  }
}

variable "quicksight" {
  description = "QuickSight on the declared datasets (docs/query.md), in an account that has an Enterprise subscription: a data source on Athena, a data set each. owners and readers: ARNs of users and groups of QuickSight. service_role: the role that QuickSight reads as. import_mode: SPICE, imported by refresh (DAILY at time_of_day, or HOURLY; and after a change, at most once in on_publish_minutes, where that is not 0), or DIRECT_QUERY. Null: none is made."
  type = object({
    owners       = optional(set(string), [])
    readers      = optional(set(string), [])
    service_role = optional(string, "aws-quicksight-service-role-v0")
    import_mode  = optional(string, "SPICE")
    refresh = optional(object({
      interval    = optional(string, "DAILY")
      time_of_day = optional(string, "05:00")
      timezone    = optional(string, "UTC")
      # 0: not on publish.
      on_publish_minutes = optional(number, 0)
    }), {})
  })
  default = null

  validation {
    condition = var.quicksight == null ? true : (
      length(var.quicksight.owners) >= 1 && length(setunion(var.quicksight.owners, var.quicksight.readers)) <= 64
      && alltrue([for arn in setunion(var.quicksight.owners, var.quicksight.readers) : can(regex("^arn:aws[a-z-]*:quicksight:[a-z0-9-]+:[0-9]{12}:(user|group)/.+$", arn))])
      && can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", var.quicksight.service_role))
      && contains(["SPICE", "DIRECT_QUERY"], var.quicksight.import_mode)
      && contains(["DAILY", "HOURLY"], var.quicksight.refresh.interval)
      && can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", var.quicksight.refresh.time_of_day))
      && (var.quicksight.refresh.on_publish_minutes == 0 || var.quicksight.refresh.on_publish_minutes >= 45)
      && floor(var.quicksight.refresh.on_publish_minutes) == var.quicksight.refresh.on_publish_minutes
    )
    error_message = "quicksight must be null or have at least one of owners, and with readers at most 64, ARNs of QuickSight's users or groups (arn:aws:quicksight:<region>:<account>:group/default/<name>); service_role a role's name, import_mode SPICE or DIRECT_QUERY, refresh.interval DAILY or HOURLY, refresh.time_of_day HH:MM, refresh.on_publish_minutes 0 or a whole number from 45: QuickSight imports a data set 32 times a day at most."
  }
}

variable "access_log_bucket" {
  description = "Existing bucket that takes the S3 access logs of all four buckets. Empty: no access logs."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.access_log_bucket == "" || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.access_log_bucket))
    error_message = "access_log_bucket must be empty or a bucket's name: 3 to 63 lower-case letters, digits, dots and hyphens."
  }
}

variable "deletion_protection" {
  description = "Keeps the ledger from being deleted and buckets with data in them from being destroyed. Null: on in prod, off elsewhere."
  type        = bool
  default     = null
}

variable "local_endpoint" {
  description = "Address of a local AWS (http://127.0.0.1:<port>) that takes every call instead of AWS. Empty: AWS."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = var.local_endpoint == "" || can(regex("^http://(127\\.0\\.0\\.1|localhost):[0-9]+$", var.local_endpoint))
    error_message = "local_endpoint must be empty or http://127.0.0.1:<port>: it is for a local AWS on this machine only."
  }
}

variable "openlineage_url" {
  description = "Where lineage of runs goes: an OpenLineage endpoint (http or https), or `file`, for a file beside each run's result alone, which an endpoint gets besides. Empty: none, but for the file of transforms."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = contains(["", "file"], var.openlineage_url) || can(regex("^https?://[^ ]+$", var.openlineage_url))
    error_message = "openlineage_url must be empty, `file`, or begin with http:// or https://."
  }
}
