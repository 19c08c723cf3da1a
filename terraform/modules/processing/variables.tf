variable "job_name" {
  description = "Name of the Glue job, its role and its security configuration."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "What the rows say in their column environment."
  type        = string
  nullable    = false
}

variable "job" {
  description = "The job as deployment.json has it: its command, and the arguments that name nothing of the deployment."
  type        = object({ command = string, python_version = string, max_retries = number, arguments = map(string) })
  nullable    = false
}

variable "glue_version" {
  description = "Glue version of the job."
  type        = string
  nullable    = false
}

variable "worker_type" {
  description = "Size of a Glue worker."
  type        = string
  nullable    = false
}

variable "max_workers" {
  description = "Most workers a run may grow to."
  type        = number
  nullable    = false
}

variable "max_concurrent_runs" {
  description = "Most runs at a time."
  type        = number
  nullable    = false
}

variable "timeout_minutes" {
  description = "Minutes after which Glue stops a run."
  type        = number
  nullable    = false
}

variable "script_uri" {
  description = "s3:// address of the job's script."
  type        = string
  nullable    = false
}

variable "package_uri" {
  description = "s3:// address of the package that the script imports."
  type        = string
  nullable    = false
}

variable "wheels_uri" {
  description = "s3:// address of the bundle of wheels that the job installs."
  type        = string
  nullable    = false
}

variable "buckets" {
  description = "The raw, the curated and the artifacts bucket."
  type = object({
    raw       = object({ name = string, arn = string })
    curated   = object({ name = string, arn = string })
    artifacts = object({ name = string, arn = string })
  })
  nullable = false
}

variable "prefixes" {
  description = "Prefixes in the raw bucket."
  type        = object({ incoming = string, staging = string, runs = string })
  nullable    = false
}

variable "protection_secret" {
  description = "Name of the secret with the key of protected columns; empty: no contract needs one, and none is made."
  type        = string
  default     = ""
  nullable    = false
}

variable "vpc" {
  description = "Where the job reaches private databases. Null: no VPC."
  type        = object({ subnet_id = string, availability_zone = string, security_group_ids = set(string) })
  default     = null
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts logs, bookmarks and what the job writes."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}
