locals {
  is_local = var.local_endpoint != ""
}

# With local_endpoint set, every call goes to the local AWS at that address; see examples/local/README.md.
# Credentials always come from the environment or a profile, never from a file in this repository.
provider "aws" {
  region                      = var.region
  s3_use_path_style           = local.is_local
  skip_credentials_validation = local.is_local
  skip_metadata_api_check     = local.is_local ? "true" : null
  skip_region_validation      = local.is_local

  # s3control's name gets the account's number in front, which "localhost" survives and an address does not.
  dynamic "endpoints" {
    for_each = local.is_local ? [var.local_endpoint] : []

    content {
      apigatewayv2   = endpoints.value
      athena         = endpoints.value
      cloudwatch     = endpoints.value
      dynamodb       = endpoints.value
      eventbridge    = endpoints.value
      glue           = endpoints.value
      iam            = endpoints.value
      kms            = endpoints.value
      lakeformation  = endpoints.value
      lambda         = endpoints.value
      logs           = endpoints.value
      s3             = endpoints.value
      s3control      = replace(endpoints.value, "127.0.0.1", "localhost")
      scheduler      = endpoints.value
      secretsmanager = endpoints.value
      sns            = endpoints.value
      sqs            = endpoints.value
      ssm            = endpoints.value
      sts            = endpoints.value
    }
  }

  default_tags {
    tags = local.tags
  }
}
