variable "queue_name" {
  description = "Name of the queue of arrivals."
  type        = string
  nullable    = false
}

variable "bucket" {
  description = "The raw bucket."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "incoming_prefix" {
  description = "Prefix below which users drop files."
  type        = string
  nullable    = false
}

variable "visibility_timeout_seconds" {
  description = "How long a received message stays hidden: at least six times the function's timeout, as AWS advises for a queue that feeds a function."
  type        = number
  nullable    = false
}

variable "max_receive_count" {
  description = "How often a message is tried before it goes to the dead-letter queue."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the messages."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}

variable "local_aws" {
  description = "Whether this goes to a local AWS, without what that lacks; examples/local/README.md lists it."
  type        = bool
  default     = false
  nullable    = false
}
