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
