# Where Lake Formation guards the catalog, IAM alone lets nobody in: AccessDenied comes after a file's rows are published, when
# its partition is to be registered ("Lake Formation permissions reference", AWS Lake Formation Developer Guide).
locals {
  registrars = var.lake_formation.grants ? toset(["finalize", "sweep"]) : toset([])
}

resource "aws_lakeformation_permissions" "database" {
  for_each = local.registrars

  principal   = module.functions.role_arns[each.key]
  permissions = ["CREATE_TABLE", "DESCRIBE"]

  database {
    name = module.catalog.database
  }
}

# All tables: what the one function made for a dataset without a contract, the other may have to change.
resource "aws_lakeformation_permissions" "table" {
  for_each = local.registrars

  principal   = module.functions.role_arns[each.key]
  permissions = ["ALTER", "DESCRIBE", "INSERT", "SELECT"]

  table {
    database_name = module.catalog.database
    wildcard      = true
  }

  depends_on = [module.catalog]
}

# A table or a partition that lies in a registered location needs this besides.
resource "aws_lakeformation_permissions" "location" {
  for_each = var.lake_formation.registered ? local.registrars : toset([])

  principal   = module.functions.role_arns[each.key]
  permissions = ["DATA_LOCATION_ACCESS"]

  data_location {
    arn = module.storage.buckets.curated.arn
  }
}
