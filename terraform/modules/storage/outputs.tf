output "buckets" {
  description = "Name and ARN of each bucket, by its purpose: raw, curated, quarantine, artifacts."
  value       = { for purpose, bucket in aws_s3_bucket.this : purpose => { name = bucket.id, arn = bucket.arn } }
}
