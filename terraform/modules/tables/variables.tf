variable "tables" {
  description = "The tables by what they hold: name, keys (all strings), indexes by name, and the attribute by which rows age."
  type = map(object({
    name          = string
    hash_key      = string
    range_key     = optional(string)
    ttl_attribute = optional(string)
    indexes       = optional(map(object({ hash_key = string, range_key = string })), {})
  }))
  nullable = false
}

variable "key_arn" {
  description = "Key that encrypts the tables."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the tables."
  type        = bool
  nullable    = false
}
