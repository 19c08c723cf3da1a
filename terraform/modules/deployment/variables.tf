variable "name" {
  description = "Name of the deployment."
  type        = string
  nullable    = false
}

variable "parameter_name" {
  description = "Name of the parameter that says which state owns the deployment."
  type        = string
  nullable    = false
}

variable "found" {
  description = "What that parameter says in AWS: one value, or none where nothing is deployed."
  type        = list(string)
  nullable    = false
}

variable "missing_files" {
  description = "What should have been built and is not there."
  type        = list(string)
  nullable    = false
}

variable "dist_dir" {
  description = "Where it should be."
  type        = string
  nullable    = false
}

variable "wrong" {
  description = "What keeps that which is declared or chosen from being deployed, a sentence each."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "account" {
  description = "Where this is deployed: account id, partition, region."
  type        = object({ id = string, partition = string, region = string })
  nullable    = false
}
