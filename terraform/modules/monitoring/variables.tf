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
  description = "Each queue: its name, the function that works on it (where to look for the error), the age of the oldest message in seconds above which an alarm rings, and the number of messages above which another does when there are so many all that time."
  type        = map(object({ name = string, reader = string, waiting_seconds = number, waiting_messages = number }))
  nullable    = false
}

variable "dead_letters" {
  description = "Each dead-letter queue: its name, and what to do about messages in it."
  type        = map(object({ name = string, do = string }))
  nullable    = false
}

variable "waiting_for_runs_seconds" {
  description = "How long a file may wait in the ledger for a Glue run before the alarm rings."
  type        = number
  nullable    = false
}

variable "functions" {
  description = "Names of the functions: dispatch, finalize, sweep."
  type        = map(string)
  nullable    = false
}

variable "transforms" {
  description = "Names of the transforms. Without any, none of their alarms is made."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "job_name" {
  description = "Name of the Glue job."
  type        = string
  nullable    = false
}

variable "job_log_group" {
  description = "Log group with the errors of the job's runs."
  type        = string
  nullable    = false
}

variable "health_check_enabled" {
  description = "Whether a missing canary is an alarm."
  type        = bool
  nullable    = false
}

variable "promise" {
  description = "How soon a file is to be readable (`within_minutes` of its arrival), and for how many of them that has to hold (`percent`)."
  type        = object({ within_minutes = number, percent = number })
  nullable    = false
}

variable "stale_after_hours" {
  description = "Datasets that are to be published at least that often, in hours: an alarm each."
  type        = map(number)
  nullable    = false
}

variable "local_aws" {
  description = "Whether this goes to a local AWS, without what that lacks; examples/local/README.md lists it."
  type        = bool
  default     = false
  nullable    = false
}

variable "topic_arn" {
  description = "Topic that the alarms go to."
  type        = string
  nullable    = false
}

variable "pulled" {
  description = "Sources that are pulled, by name: their function, and the hours after which a pull is overdue."
  type        = map(object({ function = string, stale_after_hours = number }))
  nullable    = false
}

variable "collected" {
  description = "Sources that are collected, by name: their function, their kind, and the queue of one that a queue feeds."
  type        = map(object({ function = string, kind = string, queue = string }))
  nullable    = false
}

variable "collected_kinds" {
  description = "Each kind of collected source: what feeds its functions, and how it tells that its reader falls behind."
  type        = map(object({ fed_by = string, behind = object({ namespace = string, metric = string, threshold = number, says = string }) }))
  nullable    = false
}

variable "streams_dead_letters" {
  description = "Name of the queue of batches of streams that Lambda gave up."
  type        = string
  nullable    = false
}
