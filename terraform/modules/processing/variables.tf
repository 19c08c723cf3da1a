variable "job_name" {
  description = "Name of the Glue job."
  type        = string
  nullable    = false
}

variable "buckets" {
  description = "The raw and the curated bucket."
  type        = object({ raw = object({ arn = string }), curated = object({ arn = string }) })
  nullable    = false
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

variable "key_arn" {
  description = "Key that encrypts the secret."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}

variable "local_aws" {
  description = "Whether this is a local AWS, which forgets a connection's type."
  type        = bool
  nullable    = false
}
