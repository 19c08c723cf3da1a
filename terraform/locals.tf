data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  # What this and the local cloud both make, compiled by `make package` from shipping/deployment.yaml, datasets/ and sources/.
  # Where it is missing, terraform's own complaint about the file begins with what to do.
  dist_dir   = coalesce(var.dist_dir, "${path.root}/../dist")
  compiled   = "${local.dist_dir}/deployment.json"
  deployment = jsondecode(file(fileexists(local.compiled) ? local.compiled : "Run `make package glue-wheels` first: it builds ${local.compiled}"))

  # Every name of the deployment: the modules make up none. design.md's words, nothing else.
  name  = "${var.name_prefix}-${var.environment}"
  names = { for part, ending in local.deployment.names : part => "${local.name}-${ending}" }

  # Names of buckets are unique over all accounts: whoever comes second can't have ours by chance, nor we theirs.
  bucket_suffix = var.bucket_suffix == null ? "-${local.account.id}" : var.bucket_suffix

  prefixes = local.deployment.prefixes

  # Whether any is declared: else nothing is made for them.
  transforms = length(local.deployment.transforms) > 0

  # Empty where no contract protects columns with a key.
  protection_secret = local.deployment.protection.needs_key ? local.names.protection_secret : ""

  metrics_namespace = local.deployment.metrics_namespace

  account = {
    id        = data.aws_caller_identity.current.account_id
    partition = data.aws_partition.current.partition
    region    = var.region

    # Of names that have the region in them: China's end in amazonaws.com.cn. Other services' principals are the same everywhere.
    dns_suffix = data.aws_partition.current.dns_suffix
  }

  tags = merge({ Project = var.name_prefix, Environment = var.environment, ManagedBy = "terraform" }, var.tags)

  deletion_protection = coalesce(var.deletion_protection, var.environment == "prod")
}
