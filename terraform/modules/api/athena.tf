# A workgroup of the API's own, so that its limits are its own: what one query may read, and where results lie.
resource "aws_athena_workgroup" "api" {
  name          = "${var.name}-api"
  description   = "Queries of the API of ${var.name}"
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.settings.scan_limit_bytes

    result_configuration {
      output_location = "s3://${var.buckets.artifacts.name}/${local.results}"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.key_arn
      }
    }
  }
}
