output "functions" {
  description = "Code of each function: bucket, key, object version and SHA-256."
  value = {
    for name, artifact in var.files : name => {
      bucket  = aws_s3_object.file[name].bucket
      key     = aws_s3_object.file[name].key
      version = aws_s3_object.file[name].version_id
      sha256  = local.hashes[name]
    } if dirname(artifact.key) == "functions"
  }
}

output "uris" {
  description = "s3:// addresses of all that is no function's code: the jobs' scripts, the package that they import, the wheels that they install, the compiled contracts and sources."
  value       = { for name, artifact in var.files : name => "s3://${var.bucket}/${aws_s3_object.file[name].key}" if dirname(artifact.key) != "functions" }
}

output "sources_digest" {
  description = "SHA-256 of the compiled sources."
  value       = local.hashes["sources"]
}

output "missing" {
  description = "What `make package` should have built and is not there."
  value       = [for artifact in values(var.files) : artifact.file if !fileexists("${var.dist_dir}/${artifact.file}")]
}
