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
  description = "How long and how often a failed call is repeated, by what is called: function, health_check."
  type        = map(object({ maximum_event_age_in_seconds = number, maximum_retry_attempts = number }))
  nullable    = false
}

variable "functions" {
  description = "The functions that are called, by name: what they are called on AWS, what they do, and when."
  type        = map(object({ name = string, description = string, arn = string, schedule = string }))
  nullable    = false
}

variable "transforms" {
  description = "Transforms that are made at a time: the schedule's name, when, and which of the functions is told so."
  type        = map(object({ name = string, schedule = string, function = string }))
  nullable    = false
}

variable "health_check" {
  description = "The canary: the names of its daily and its first schedule, whether it runs, when, and which job."
  type        = object({ name = string, first_name = string, enabled = bool, schedule = string, first_schedule = string, job_name = string, job_arn = string })
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
