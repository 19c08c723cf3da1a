variable "pulled" {
  description = "The sources that are pulled, by name: what they are called on AWS, when they are pulled, which secrets they read and whether they are private."
  type = map(object({
    names    = object({ pull = string, continue = string, schedules_role = string })
    schedule = string
    secrets  = list(string)
    vpc      = bool
  }))
  nullable = false
}

variable "function" {
  description = "The function as deployment.json has it."
  type        = object({ handler = string, timeout_seconds = number, memory_mb = number })
  nullable    = false
}

variable "schedules" {
  description = "Of the schedules pull and continue: how long and how often a failed call is repeated, and when continue calls."
  type        = map(object({ expression = optional(string), maximum_event_age_in_seconds = number, maximum_retry_attempts = number }))
  nullable    = false
}

variable "code" {
  description = "Zip of the function: bucket, key, object version and SHA-256. Null where nothing is pulled."
  type        = object({ bucket = string, key = string, version = string, sha256 = string })
  default     = null
}

variable "schedule_group" {
  description = "The deployment's schedule group: name and ARN."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "dead_letters_arn" {
  description = "Queue for what the schedules could not deliver and the functions failed on."
  type        = string
  nullable    = false
}

variable "shared" {
  description = "What all sources' functions share: settings, where they land and keep their state, whom they tell, and how they are run."
  type = object({
    settings        = map(string)
    python          = string
    incoming_prefix = string
    buckets = object({
      raw        = object({ arn = string })
      quarantine = object({ arn = string })
      artifacts  = object({ arn = string })
    })
    table_arn          = string
    topic_arn          = string
    vpc                = object({ subnet_ids = set(string), security_group_ids = set(string) })
    log_retention_days = number
    key_arn            = string
    account            = object({ id = string, partition = string, region = string, dns_suffix = string })
  })
  nullable = false
}
