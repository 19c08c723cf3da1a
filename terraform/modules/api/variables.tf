variable "name" {
  description = "Name of the deployment, with which each function's begins."
  type        = string
  nullable    = false
}

variable "api_name" {
  description = "Name of the API, and of its access log."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "The root's variable api."
  type = object({
    auth                 = object({ type = string, issuer = string, audience = list(string) })
    requests_per_second  = number
    burst                = number
    scan_limit_bytes     = number
    result_reuse_minutes = number
  })
  nullable = false
}

variable "functions" {
  description = "The functions by name, as deployment.json has them."
  type        = map(object({ description = string, handler = string, timeout_seconds = number, memory_mb = number }))
  nullable    = false
}

variable "routes" {
  description = "Route -> function and role, as deployment.json has them."
  type        = map(object({ function = string, role = string }))
  nullable    = false
}

variable "scope_prefix" {
  description = "What a token's scope begins with; the role follows."
  type        = string
  nullable    = false
}

variable "python" {
  description = "Version of the functions' Python."
  type        = string
  nullable    = false
}

variable "code" {
  description = "Zip of each function: bucket, key, object version and SHA-256."
  type        = map(object({ bucket = string, key = string, version = string, sha256 = string }))
  nullable    = false
}

variable "environment" {
  description = "Environment variables that all functions have."
  type        = map(string)
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

variable "database" {
  description = "Name of the catalog database."
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

variable "queues" {
  description = "The queues whose figures an overview tells: those of arrivals and outcomes, and their dead letters."
  type        = list(object({ arn = string }))
  nullable    = false
}

variable "sources_table_arn" {
  description = "The table of where sources stand; null where none is declared."
  type        = string
}

variable "arrivals" {
  description = "The queue that dispatch takes from."
  type        = object({ arn = string })
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts logs, environment and results."
  type        = string
  nullable    = false
}

variable "force_destroy" {
  description = "Whether terraform destroy may remove a workgroup that has a history of queries."
  type        = bool
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}

variable "local_aws" {
  description = "Whether this is the local cloud, where DuckDB stands for Athena."
  type        = bool
  nullable    = false
}
