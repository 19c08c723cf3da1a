variable "bucket" {
  description = "Name of the artifacts bucket."
  type        = string
  nullable    = false
}

variable "dist_dir" {
  description = "Folder with what `make package` built."
  type        = string
  nullable    = false
}

variable "files" {
  description = "What is deployed, by name: the file in dist_dir and its key in the bucket."
  type        = map(object({ file = string, key = string }))
  nullable    = false
}
