variable "buckets" {
  description = "The raw and the curated bucket."
  type        = object({ raw = object({ arn = string }), curated = object({ arn = string }) })
  nullable    = false
}

variable "prefixes" {
  description = "Prefixes in the raw bucket."
  type        = object({ staging = string, runs = string })
  nullable    = false
}
