# What `make package` built, in the artifacts bucket. Functions and job name the exact version by hash.
locals {
  functions = concat(["dispatch", "finalize", "sweep"], var.source_functions)

  files = merge({ for name in local.functions : name => { source = "${name}.zip", key = "functions/${name}.zip" } }, {
    package   = { source = "glue_etl.zip", key = "glue/glue_etl.zip" }
    script    = { source = "ingest.py", key = "glue/ingest.py" }
    contracts = { source = "contracts.json", key = "contracts/contracts.json" }
    sources   = { source = "sources.json", key = "sources/sources.json" }

    # Great Expectations is not in Glue's image. Its wheels are shipped in the one form that Glue installs without a registry, so
    # that a run needs no download from the internet and gets the same bytes every time.
    wheels = { source = "glue-wheels.gluewheels.zip", key = "glue/glue-wheels.gluewheels.zip" }
  })

  hashes = { for name, file in local.files : name => try(filebase64sha256("${var.dist_dir}/${file.source}"), "") }
}

resource "aws_s3_object" "file" {
  for_each = local.files

  bucket      = var.bucket
  key         = each.value.key
  source      = "${var.dist_dir}/${each.value.source}"
  source_hash = local.hashes[each.key]
}
