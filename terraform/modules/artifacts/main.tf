# What `make package` built, in the artifacts bucket. Functions and job name the exact version by hash.
locals {
  hashes = { for name, artifact in var.files : name => try(filebase64sha256("${var.dist_dir}/${artifact.file}"), "") }
}

resource "aws_s3_object" "file" {
  for_each = var.files

  bucket      = var.bucket
  key         = each.value.key
  source      = "${var.dist_dir}/${each.value.file}"
  source_hash = local.hashes[each.key]
}
