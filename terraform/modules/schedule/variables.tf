variable "name" {
  description = "Name of the schedule group."
  type        = string
  nullable    = false
}

variable "dead_letters_name" {
  description = "Name of the dead-letter queue."
  type        = string
  nullable    = false
}

variable "retries" {
  description = "How long and how often a failed call is repeated, by schedule: sweep, health_check."
  type        = map(object({ maximum_event_age_in_seconds = number, maximum_retry_attempts = number }))
  nullable    = false
}

variable "sweep" {
  description = "The sweep: its name, function and interval."
  type        = object({ name = string, function_arn = string, every_minutes = number })
  nullable    = false
}

variable "health_check" {
  description = "The canary: its name, whether it runs, when, and which job."
  type        = object({ name = string, enabled = bool, schedule = string, job_name = string, job_arn = string })
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the schedules and their dead letters."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}
