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

variable "source_functions" {
  description = "Which of the functions pull and collect are deployed: those that a declared source needs."
  type        = list(string)
  nullable    = false
}
