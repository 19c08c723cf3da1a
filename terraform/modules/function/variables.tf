variable "name" {
  description = "Name of the function, of its role and of its log group."
  type        = string
  nullable    = false
}

variable "description" {
  description = "What the function does, in a sentence."
  type        = string
  nullable    = false
}

variable "handler" {
  description = "Entry point, as module.function inside the zip."
  type        = string
  nullable    = false
}

variable "python" {
  description = "Version of Python that the zip's wheels are built for, such as 3.13."
  type        = string
  nullable    = false
}

variable "code" {
  description = "The zip: bucket, key, object version and SHA-256 in Base64."
  type        = object({ bucket = string, key = string, version = string, sha256 = string })
  nullable    = false
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
  nullable    = false
}

variable "policy_json" {
  description = "What the function may do besides writing its log and traces, using its key and taking from its queue."
  type        = string
  nullable    = false
}

variable "timeout_seconds" {
  description = "Seconds after which AWS stops an invocation."
  type        = number
  nullable    = false
}

variable "memory_mb" {
  description = "Memory of the function in MB; its CPU grows with it."
  type        = number
  nullable    = false
}

variable "queue" {
  description = "Queue that feeds the function, and in what batches. Null: none."
  type = object({
    arn                     = string
    batch_size              = number
    batching_window_seconds = number
    maximum_concurrency     = number
  })
  default = null
}

variable "vpc" {
  description = "Subnets and security groups that the function is attached to. Null: none."
  type        = object({ subnet_ids = set(string), security_group_ids = set(string) })
  default     = null
}

variable "reserved_concurrency" {
  description = "Concurrent invocations reserved for, and allowed to, the function. -1: none reserved."
  type        = number
  default     = -1
  nullable    = false
}

variable "dead_letters_arn" {
  description = "Queue for events of failed asynchronous invocations. Null: none, for functions that a queue feeds."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the environment and the logs."
  type        = string
  nullable    = false
}
