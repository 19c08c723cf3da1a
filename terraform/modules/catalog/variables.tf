variable "database" {
  description = "Name of the catalog database."
  type        = string
  nullable    = false
}

variable "workgroup" {
  description = "Name of the Athena workgroup."
  type        = string
  nullable    = false
}

variable "environment" {
  description = "Environment that the descriptions name."
  type        = string
  nullable    = false
}

variable "tables" {
  description = "The tables by name: their dataset, and their columns with the catalog's types."
  type = map(object({
    dataset     = string
    description = string
    columns     = list(object({ name = string, type = string, comment = string }))
  }))
  nullable = false
}

variable "quality_tables" {
  description = "The tables of quality by what their names end with: their format (parquet or json), and their columns."
  type = map(object({
    description = string
    format      = string
    columns     = list(object({ name = string, type = string, comment = string }))
  }))
  nullable = false
}

variable "curated_bucket" {
  description = "Bucket that holds the published rows."
  type        = string
  nullable    = false
}

variable "artifacts_bucket" {
  description = "Bucket that takes query results, below athena-results/."
  type        = string
  nullable    = false
}

variable "scan_limit_bytes" {
  description = "Athena stops a query that scans more than this."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts query results."
  type        = string
  nullable    = false
}

variable "force_destroy" {
  description = "Whether terraform destroy may remove a workgroup that has a history of queries."
  type        = bool
  nullable    = false
}
