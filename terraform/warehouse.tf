# How else published rows reach people: Redshift and QuickSight, each where its variable is set.
module "redshift" {
  count  = var.redshift == null ? 0 : 1
  source = "./modules/redshift"

  name               = local.name
  settings           = var.redshift
  catalog_database   = module.catalog.database
  curated_bucket     = module.storage.buckets.curated
  loader_role        = "${local.name}-sweep"
  lake_formation     = local.guarded
  log_retention_days = var.log_retention_days
  key_arn            = module.access.key_arn
  account            = local.account
}

module "quicksight" {
  count  = var.quicksight == null ? 0 : 1
  source = "./modules/quicksight"

  name             = local.name
  settings         = var.quicksight
  workgroup        = module.catalog.workgroup
  database         = module.catalog.database
  tables           = local.deployment.catalog
  quality_table    = "${replace(var.environment, "-", "_")}_quality"
  curated_bucket   = module.storage.buckets.curated
  artifacts_bucket = module.storage.buckets.artifacts
  lake_formation   = local.guarded
  key_arn          = module.access.key_arn
  account          = local.account

  # A data set is checked against its table.
  depends_on = [module.catalog]
}

locals {
  # Calls for them would go to AWS, with whatever credentials there are.
  wrong_choices = local.is_local && (var.redshift != null || var.quicksight != null) ? ["A local AWS (local_endpoint) has neither Redshift nor QuickSight: leave redshift and quicksight null."] : []

  copied = try(sort(var.redshift.copies), [])

  # Whether data sets are imported after a change: those of declared datasets, and that of quality.
  imports = try(var.quicksight.refresh.on_publish_minutes, 0) != 0 && try(var.quicksight.import_mode, "") == "SPICE"

  # What functions are told of both: nothing where no dataset has a copy, or is imported.
  warehouse_settings = merge(
    length(local.copied) == 0 ? {} : {
      REDSHIFT_COPIES    = join(",", local.copied)
      REDSHIFT_WORKGROUP = module.redshift[0].workgroup
      REDSHIFT_DATABASE  = module.redshift[0].database
      REDSHIFT_ROLE_ARN  = module.redshift[0].role_arn
    },
    !local.imports ? {} : {
      QUICKSIGHT_PREFIX          = "${local.name}-"
      QUICKSIGHT_ACCOUNT_ID      = local.account.id
      QUICKSIGHT_REFRESH_MINUTES = tostring(var.quicksight.refresh.on_publish_minutes)
    },
  )

  guarded = var.lake_formation.grants || var.lake_formation.registered

  # Whom Lake Formation has to let read: Redshift's role, and QuickSight's people themselves.
  warehouse_readers = var.lake_formation.grants ? merge(
    { for redshift in module.redshift : "redshift" => redshift.role_arn },
    { for person in var.quicksight == null ? [] : setunion(var.quicksight.owners, var.quicksight.readers) : person => person },
  ) : {}
}

resource "aws_lakeformation_permissions" "warehouse_database" {
  for_each = local.warehouse_readers

  principal   = each.value
  permissions = ["DESCRIBE"]

  database {
    name = module.catalog.database
  }
}

resource "aws_lakeformation_permissions" "warehouse_tables" {
  for_each = local.warehouse_readers

  principal   = each.value
  permissions = ["DESCRIBE", "SELECT"]

  table {
    database_name = module.catalog.database
    wildcard      = true
  }

  depends_on = [module.catalog]
}
