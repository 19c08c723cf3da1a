variable "names" {
  description = "Bucket names: raw, curated, quarantine, artifacts."
  type        = object({ raw = string, curated = string, quarantine = string, artifacts = string })
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the objects."
  type        = string
  nullable    = false
}

variable "prefixes" {
  description = "Prefixes of staging and of the runs' manifests and results in the raw bucket."
  type        = object({ staging = string, runs = string })
  nullable    = false
}

variable "retention_days" {
  description = "Days after which S3 removes staging, runs, old versions and quarantined files."
  type        = object({ staging = number, runs = number, old_versions = number, quarantine = number })
  nullable    = false
}

variable "access_log_bucket" {
  description = "Existing bucket that takes the access logs. Empty: none."
  type        = string
  nullable    = false
}

variable "force_destroy" {
  description = "Whether terraform destroy may remove buckets that still hold objects."
  type        = bool
  nullable    = false
}

variable "local_aws" {
  description = "Whether this goes to a local AWS, without what that lacks; examples/local/README.md lists it."
  type        = bool
  default     = false
  nullable    = false
}
