variable "name" {
  description = "Name of the deployment: the namespace's and the workgroup's."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "The root's variable redshift."
  type = object({
    subnet_ids         = set(string)
    security_group_ids = set(string)
    base_capacity_rpu  = number
    rpu_hours_a_day    = number
    reader_roles       = set(string)
    reader_groups      = set(string)
    reader_users       = set(string)
    copies             = set(string)
  })
  nullable = false
}

variable "catalog_database" {
  description = "Name of the catalog database, and of the external schema on it."
  type        = string
  nullable    = false
}

variable "loader_role" {
  description = "Name of the IAM role that keeps the copies."
  type        = string
  nullable    = false
}

variable "curated_bucket" {
  description = "Bucket that holds the published rows."
  type        = object({ arn = string })
  nullable    = false
}

variable "lake_formation" {
  description = "Whether Lake Formation guards the catalog."
  type        = bool
  nullable    = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the namespace and its logs, and with which published rows are encrypted."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}
