variable "name" {
  description = "Name of the schedule group."
  type        = string
  nullable    = false
}

variable "queue_name" {
  description = "What the dead-letter queue is named after."
  type        = string
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
