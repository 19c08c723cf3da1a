# The four buckets, alike in all but their lifecycles (lifecycle.tf).
resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:On where access_log_bucket names a bucket: an account has one for all its logs, and the ledger says of each file who moved it when.
  #checkov:skip=CKV_AWS_144:A second region would double the cost of storage for data whose senders and raw files can make it again; versioning guards against mistakes.
  #checkov:skip=CKV2_AWS_62:Only the raw bucket has an event to tell of (modules/arrival); an event of the other three would have no reader.
  for_each = var.names

  bucket        = each.value
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = var.names

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = var.names

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = var.names

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# The bucket key makes S3 ask KMS once for many objects: a thousand small files cost a few KMS requests.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = var.names

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    bucket_key_enabled = true

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = var.key_arn
    }
  }
}

# A local AWS speaks http only: it would refuse every call.
resource "aws_s3_bucket_policy" "this" {
  for_each = var.local_aws ? {} : var.names

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.tls_only[each.key].json

  # S3 refuses two changes of a bucket's access at a time.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_s3_bucket_logging" "this" {
  for_each = var.access_log_bucket == "" ? {} : var.names

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = var.access_log_bucket
  target_prefix = "${each.value}/"
}
