variable "name" {
  description = "Name of the deployment, by which data source, data sets and folder are called."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "The root's variable quicksight."
  type = object({
    owners       = set(string)
    readers      = set(string)
    service_role = string
    import_mode  = string
    refresh      = object({ interval = string, time_of_day = string, timezone = string, on_publish_minutes = number })
  })
  nullable = false
}

variable "workgroup" {
  description = "Athena workgroup to ask in."
  type        = string
  nullable    = false
}

variable "database" {
  description = "Name of the catalog database."
  type        = string
  nullable    = false
}

variable "tables" {
  description = "The tables by name, with their columns and the catalog's types."
  type        = map(object({ columns = list(object({ name = string, type = string, comment = string })) }))
  nullable    = false
}

variable "quality_table" {
  description = "Name of the table of quality, which no dataset has."
  type        = string
  nullable    = false
}

variable "curated_bucket" {
  description = "Bucket that holds the published rows."
  type        = object({ arn = string })
  nullable    = false
}

variable "artifacts_bucket" {
  description = "Bucket that takes query results, below athena-results/."
  type        = object({ arn = string })
  nullable    = false
}

variable "lake_formation" {
  description = "Whether Lake Formation guards the catalog."
  type        = bool
  nullable    = false
}

variable "key_arn" {
  description = "Key with which published rows and results are encrypted."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}
