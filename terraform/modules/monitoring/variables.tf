variable "name" {
  description = "Name of the dashboard, and prefix of the alarms."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of the dashboard's metrics."
  type        = string
  nullable    = false
}

variable "metrics_namespace" {
  description = "Namespace of the product's metrics."
  type        = string
  nullable    = false
}

variable "queues" {
  description = "Names of the queues: arrivals, outcomes."
  type        = map(string)
  nullable    = false
}

variable "dead_letters" {
  description = "Names of the dead-letter queues: arrivals, outcomes, schedules."
  type        = map(string)
  nullable    = false
}

variable "dead_letter_advice" {
  description = "What to do about messages in a dead-letter queue, by queue: arrivals, outcomes, schedules."
  type        = map(string)
  nullable    = false
}

variable "readers" {
  description = "Which function works on a queue's messages, by queue: where to look for the error."
  type        = map(string)
  nullable    = false
}

variable "waiting_seconds" {
  description = "Age of the oldest message above which the alarm rings, by queue."
  type        = map(number)
  nullable    = false
}

variable "functions" {
  description = "Names of the functions: dispatch, finalize, sweep."
  type        = map(string)
  nullable    = false
}

variable "job_name" {
  description = "Name of the Glue job."
  type        = string
  nullable    = false
}

variable "health_check_enabled" {
  description = "Whether a missing canary is an alarm."
  type        = bool
  nullable    = false
}

variable "topic_arn" {
  description = "Topic that the alarms go to."
  type        = string
  nullable    = false
}
