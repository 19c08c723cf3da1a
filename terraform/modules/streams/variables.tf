variable "collected" {
  description = "The sources that are collected, by name: their function, kind, what feeds them (origin: a name or an ARN), in what batches, and which secrets Lambda proves itself with (access)."
  type = map(object({
    function                = string
    kind                    = string
    origin                  = string
    bootstrap_servers       = list(string)
    topics                  = list(object({ name = string, group = string }))
    starting_position       = string
    batch_size              = number
    batching_window_seconds = number
    access                  = list(object({ type = string, secret = string }))
    iam                     = bool
    glue_registry           = bool
    vpc                     = bool
  }))
  nullable = false
}

variable "function" {
  description = "The function as deployment.json has it."
  type        = object({ handler = string, timeout_seconds = number, memory_mb = number })
  nullable    = false
}

variable "kinds" {
  description = "Each kind of collected source, as deployment.json has it: fed by a stream, a queue or topics, the ARN of one that is named, what the function's role may do to it, how a stream's records are tried again, how many batches of a queue run at once."
  type = map(object({
    fed_by              = string
    arn                 = optional(string, "{origin}")
    actions             = optional(list(string), [])
    maximum_concurrency = optional(number)
    retries = optional(object({
      parallelization_factor         = number
      bisect_batch_on_function_error = bool
      maximum_retry_attempts         = number
      maximum_record_age_in_seconds  = number
    }))
  }))
  nullable = false
}

variable "code" {
  description = "Zip of the function: bucket, key, object version and SHA-256. Null where nothing is collected."
  type        = object({ bucket = string, key = string, version = string, sha256 = string })
  default     = null
}

variable "dead_letters_name" {
  description = "Name of the queue of batches that Lambda gave up, which is made where a stream is collected."
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
