output "buckets" {
  description = "Name and ARN of each bucket, by its purpose: raw, curated, quarantine, artifacts."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => { name = bucket.id, arn = bucket.arn } }

  # What is put into a bucket, or depends on its name, waits until the bucket keeps versions and encrypts: a function's code
  # is named by its object version.
  depends_on = [
    aws_s3_bucket_versioning.this,
    aws_s3_bucket_server_side_encryption_configuration.this,
    aws_s3_bucket_ownership_controls.this,
  ]
}
