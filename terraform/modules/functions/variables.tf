variable "names" {
  description = "Names of the functions: dispatch, finalize, sweep."
  type        = object({ dispatch = string, finalize = string, sweep = string })
  nullable    = false
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

variable "timeouts" {
  description = "Seconds after which AWS stops an invocation, by function."
  type        = object({ dispatch = number, finalize = number, sweep = number })
  nullable    = false
}

variable "batching_window_seconds" {
  description = "How long dispatch gathers arrivals."
  type        = number
  nullable    = false
}

variable "sweep_reserved_concurrency" {
  description = "1: two sweeps never run at once. -1: nothing is reserved."
  type        = number
  nullable    = false
}

variable "arrivals" {
  description = "The queue of arrivals."
  type        = object({ arn = string })
  nullable    = false
}

variable "outcomes" {
  description = "The queue of outcomes."
  type        = object({ arn = string })
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
