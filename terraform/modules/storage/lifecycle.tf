# What S3 removes by itself, by bucket: prefix -> days. data/incoming/ and the curated rows are never removed.
locals {
  expirations = {
    raw = {
      (var.prefixes.staging) = var.retention_days.staging
      (var.prefixes.runs)    = var.retention_days.runs
    }
    curated    = {}
    quarantine = { "" = var.retention_days.quarantine }
    artifacts  = { "athena-results/" = 7, "glue/temporary/" = 3 }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = var.names

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "old-versions-and-unfinished-uploads"
    status = "Enabled"

    filter {
      prefix = ""
    }

    noncurrent_version_expiration {
      noncurrent_days = var.retention_days.old_versions
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = local.expirations[each.key]

    content {
      id     = rule.key == "" ? "everything" : trimsuffix(replace(rule.key, "/", "-"), "-")
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }

      # Working files: once they are deleted or overwritten, nobody asks for the earlier version. Where rules overlap, S3
      # takes the shorter time ("Examples of S3 Lifecycle configurations", Amazon S3 User Guide).
      dynamic "noncurrent_version_expiration" {
        for_each = rule.key == "" ? [] : [1]

        content {
          noncurrent_days = noncurrent_version_expiration.value
        }
      }
    }
  }

  # Rules on old versions need versioning to be on.
  depends_on = [aws_s3_bucket_versioning.this]
}
