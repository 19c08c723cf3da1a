variable "name" {
  description = "Name of the deployment, by which the key is called."
  type        = string
  nullable    = false
}

variable "own_key_arn" {
  description = "ARN of the user's own key. Empty: a key is made."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region, the end of its services' names."
  type        = object({ id = string, partition = string, region = string, dns_suffix = string })
  nullable    = false
}
