variable "rule_name" {
  description = "Name of the EventBridge rule."
  type        = string
  nullable    = false
}

variable "queue_name" {
  description = "Name of the queue of outcomes."
  type        = string
  nullable    = false
}

variable "job_names" {
  description = "Names of the Glue jobs whose runs are watched."
  type        = list(string)
  nullable    = false
}

variable "end_states" {
  description = "States in which a run has ended."
  type        = list(string)
  nullable    = false
}

variable "visibility_timeout_seconds" {
  description = "How long a received message stays hidden: at least twice the function's timeout, so that an outcome given back is tried again in minutes."
  type        = number
  nullable    = false
}

variable "max_receive_count" {
  description = "How often an outcome is tried before it goes to the dead-letter queue."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the messages."
  type        = string
  nullable    = false
}

variable "local_aws" {
  description = "Whether this goes to a local AWS, without what that lacks; examples/local/README.md lists it."
  type        = bool
  default     = false
  nullable    = false
}
