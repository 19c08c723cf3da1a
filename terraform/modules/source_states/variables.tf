variable "wanted" {
  description = "Whether there is a source whose state is to be kept."
  type        = bool
  nullable    = false
}

variable "name" {
  description = "Name of the table with the state of each source."
  type        = string
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the table."
  type        = string
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the table."
  type        = bool
  nullable    = false
}
