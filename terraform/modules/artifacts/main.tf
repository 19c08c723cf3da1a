# What `make package` built, in the artifacts bucket. Functions and job name the exact version by hash.
locals {
  files = {
    dispatch  = { source = "dispatch.zip", key = "functions/dispatch.zip" }
    finalize  = { source = "finalize.zip", key = "functions/finalize.zip" }
    sweep     = { source = "sweep.zip", key = "functions/sweep.zip" }
    package   = { source = "glue_etl.zip", key = "glue/glue_etl.zip" }
    script    = { source = "ingest.py", key = "glue/ingest.py" }
    contracts = { source = "contracts.json", key = "contracts/contracts.json" }

    # Great Expectations is not in Glue's image. Its wheels are shipped in the one form that Glue installs without a registry, so
    # that a run needs no download from the internet and gets the same bytes every time.
    wheels = { source = "glue-wheels.gluewheels.zip", key = "glue/glue-wheels.gluewheels.zip" }
  }

  hashes = { for name, file in local.files : name => try(filebase64sha256("${var.dist_dir}/${file.source}"), "") }
}

resource "aws_s3_object" "file" {
  for_each = local.files

  bucket      = var.bucket
  key         = each.value.key
  source      = "${var.dist_dir}/${each.value.source}"
  source_hash = local.hashes[each.key]
}
