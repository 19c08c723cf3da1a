terraform {
  # 1.5 is the first with plantimestamp(), by which deployment.tf tells a new deployment from an existing one.
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.14, < 7.0"
    }
  }
}
