variable "name" {
  description = "Name of the deployment, with which each function's begins."
  type        = string
  nullable    = false
}

variable "python" {
  description = "Version of the functions' Python."
  type        = string
  nullable    = false
}

variable "functions" {
  description = "The functions by name, as deployment.json has them. Without a queue: called by a schedule. Without a window: batching_window_seconds."
  type = map(object({
    description     = string
    handler         = string
    timeout_seconds = number
    memory_mb       = number
    queue = optional(object({
      name                    = string
      batch_size              = number
      batching_window_seconds = optional(number)
      maximum_concurrency     = number
    }))
  }))
  nullable = false
}

variable "code" {
  description = "Zip of each function: bucket, key, object version and SHA-256."
  type        = map(object({ bucket = string, key = string, version = string, sha256 = string }))
  nullable    = false
}

variable "settings" {
  description = "Environment variables of all functions."
  type        = map(string)
  nullable    = false
}

variable "batching_window_seconds" {
  description = "How long dispatch gathers arrivals."
  type        = number
  nullable    = false
}

variable "reserved_concurrency" {
  description = "By function: 1 where two of it must never run at once; -1, as where nothing is said, reserves nothing."
  type        = map(number)
  nullable    = false
}

variable "queues" {
  description = "The queues that feed functions: arrivals, outcomes."
  type        = map(object({ arn = string }))
  nullable    = false
}

variable "schedules_dead_letters_arn" {
  description = "Queue for scheduled events that the sweep failed on."
  type        = string
  nullable    = false
}

variable "buckets" {
  description = "The four buckets."
  type = object({
    raw        = object({ name = string, arn = string })
    curated    = object({ name = string, arn = string })
    quarantine = object({ name = string, arn = string })
    artifacts  = object({ name = string, arn = string })
  })
  nullable = false
}

variable "prefixes" {
  description = "Prefixes in the raw bucket."
  type        = object({ incoming = string, staging = string, runs = string })
  nullable    = false
}

variable "job" {
  description = "The Glue job."
  type        = object({ arn = string })
  nullable    = false
}

variable "transform_job" {
  description = "The Glue job of transforms. Null: none is declared."
  type        = object({ arn = string })
  default     = null
}

variable "warehouse" {
  description = "Redshift's workgroup that keeps copies of datasets. Null: no dataset has one."
  type        = object({ arn = string })
  default     = null
}

variable "imported_data_sets" {
  description = "Ids of QuickSight's data sets that are imported after a change, with a * for their ends. Empty: none is. (Each by its name would be more than a role's policies may be long.)"
  type        = string
  default     = ""
  nullable    = false
}

variable "database" {
  description = "Name of the catalog database, whose tables get their partitions registered."
  type        = string
  nullable    = false
}

variable "ledger" {
  description = "The table with the state of each file."
  type        = object({ arn = string })
  nullable    = false
}

variable "job_state" {
  description = "The table with the state of each run."
  type        = object({ arn = string })
  nullable    = false
}

variable "topic_arn" {
  description = "Topic that carries the notices."
  type        = string
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts everything at rest."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}

variable "datasets_read" {
  description = "Datasets whose published rows files are compared with: dispatch lists them."
  type        = list(string)
  nullable    = false
}
