variable "name" {
  description = "Name of the function, of its role and of its log group."
  type        = string
  nullable    = false
}

variable "source_name" {
  description = "Name of the source that the function serves."
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

variable "code" {
  description = "The zip: bucket, key, object version and SHA-256 in Base64."
  type        = object({ bucket = string, key = string, version = string, sha256 = string })
  nullable    = false
}

variable "timeout_seconds" {
  description = "Seconds after which AWS stops an invocation."
  type        = number
  nullable    = false
}

variable "memory_mb" {
  description = "Memory of the function in MB."
  type        = number
  nullable    = false
}

variable "folders" {
  description = "Folders of the raw bucket that the function writes to, besides the source's own below the incoming prefix."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "secrets" {
  description = "Names of the secrets that the source names."
  type        = list(string)
  nullable    = false
}

variable "encrypted_streams" {
  description = "Streams or queues that feed the function and may be encrypted with a key of the user's own: service and ARN."
  type        = list(object({ service = string, arn = string }))
  default     = []
  nullable    = false
}

variable "state_actions" {
  description = "What the function does with its own rows of the table of sources, as actions of DynamoDB."
  type        = list(string)
  nullable    = false
}

variable "policy_json" {
  description = "What the function may do besides, for its kind."
  type        = string
  nullable    = false
}

variable "in_vpc" {
  description = "Whether the function is attached to the VPC."
  type        = bool
  nullable    = false
}

variable "queue" {
  description = "Queue that feeds the function, and in what batches. Null: none."
  type        = object({ arn = string, batch_size = number, batching_window_seconds = number, maximum_concurrency = number })
  default     = null
}

variable "dead_letters_arn" {
  description = "Queue for events of failed asynchronous invocations. Null: none."
  type        = string
  default     = null
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
