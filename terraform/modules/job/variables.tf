variable "name" {
  description = "Name of the Glue job, its role and its security configuration."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the job does, in a sentence."
  type        = string
  nullable    = false
}

variable "command" {
  description = "What deployment.json says of every job: its command, and the arguments that name nothing of the deployment."
  type        = object({ command = string, python_version = string, max_retries = number, arguments = map(string) })
  nullable    = false
}

variable "arguments" {
  description = "Arguments of this job, besides those of every job."
  type        = map(string)
  nullable    = false
}

variable "capacity" {
  description = "Glue's version, the size of a worker, the most workers a run may grow to, the most runs at a time, and the minutes after which Glue stops a run."
  type        = object({ glue_version = string, worker_type = string, max_workers = number, max_concurrent_runs = number, timeout_minutes = number })
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

variable "connections" {
  description = "Names of Glue connections, by which the job is in a VPC."
  type        = list(string)
  nullable    = false
}

variable "policy_json" {
  description = "What the job may do besides reading its code, writing its logs and metrics, and using its temporary folder and its key."
  type        = string
  nullable    = false
}

variable "artifacts_bucket" {
  description = "The bucket with the job's code and its temporary folder."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "log_group_prefix" {
  description = "What Glue begins the names of the job's log groups with."
  type        = string
  nullable    = false
}

variable "log_groups" {
  description = "Names of the log groups of the job's runs: error (Spark's, with the stack of what failed) and output (the script's)."
  type        = map(string)
  nullable    = false
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
