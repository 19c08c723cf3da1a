variable "ledger_name" {
  description = "Name of the table with the state of each file."
  type        = string
  nullable    = false
}

variable "job_state_name" {
  description = "Name of the table with the state of each run."
  type        = string
  nullable    = false
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
