variable "name" {
  description = "Name of the topic."
  type        = string
  nullable    = false
}

variable "addresses" {
  description = "E-mail addresses that get the notices and alarms."
  type        = set(string)
  nullable    = false
}

variable "key_arn" {
  description = "Key that encrypts the messages."
  type        = string
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}
