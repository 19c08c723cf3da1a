# What `make package` built, in the artifacts bucket. Functions and job name the exact version by hash.
locals {
  files = {
    dispatch  = { source = "dispatch.zip", key = "functions/dispatch.zip" }
    finalize  = { source = "finalize.zip", key = "functions/finalize.zip" }
    sweep     = { source = "sweep.zip", key = "functions/sweep.zip" }
    package   = { source = "glue_etl.zip", key = "glue/glue_etl.zip" }
    script    = { source = "ingest.py", key = "glue/ingest.py" }
    contracts = { source = "contracts.json", key = "contracts/contracts.json" }
  }

  hashes = { for name, file in local.files : name => try(filebase64sha256("${var.dist_dir}/${file.source}"), "") }

  # Wheels are shipped because Glue's image lacks great-expectations, and a run is to need no download from the internet.
  # Sorted by name, so that the same wheels give the same job arguments everywhere.
  wheels = fileset("${var.dist_dir}/glue-wheels", "*.whl")
}

resource "aws_s3_object" "file" {
  for_each = local.files

  bucket      = var.bucket
  key         = each.value.key
  source      = "${var.dist_dir}/${each.value.source}"
  source_hash = local.hashes[each.key]
}

resource "aws_s3_object" "wheel" {
  for_each = local.wheels

  bucket      = var.bucket
  key         = "glue/wheels/${each.value}"
  source      = "${var.dist_dir}/glue-wheels/${each.value}"
  source_hash = filebase64sha256("${var.dist_dir}/glue-wheels/${each.value}")
}
