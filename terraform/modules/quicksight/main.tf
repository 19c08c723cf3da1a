# A data source on Athena's workgroup and a data set a declared dataset, in one folder, for the people whom the user names. QuickSight itself
# (an Enterprise subscription of the account) is there already.
resource "aws_quicksight_data_source" "athena" {
  data_source_id = var.name
  name           = var.name
  type           = "ATHENA"

  parameters {
    athena {
      work_group = var.workgroup
    }
  }

  dynamic "permission" {
    for_each = local.people

    content {
      principal = permission.key
      actions   = local.rights.data_source[permission.value]
    }
  }

  # It is tried as it is made.
  depends_on = [aws_iam_role_policy.service]
}

# One table a data set. A table with nested or binary columns is read by SQL that makes them texts: QuickSight shows neither.
resource "aws_quicksight_data_set" "dataset" {
  for_each = var.tables

  data_set_id = "${var.name}-${each.key}"
  name        = each.key
  import_mode = var.settings.import_mode

  physical_table_map {
    physical_table_map_id = "table"

    dynamic "relational_table" {
      for_each = local.plain[each.key] ? [each.key] : []

      content {
        data_source_arn = aws_quicksight_data_source.athena.arn
        catalog         = local.catalog
        schema          = var.database
        name            = each.key

        dynamic "input_columns" {
          for_each = local.columns[each.key]

          content {
            name = input_columns.value.name
            type = input_columns.value.type
          }
        }
      }
    }

    dynamic "custom_sql" {
      for_each = local.plain[each.key] ? [] : [each.key]

      content {
        data_source_arn = aws_quicksight_data_source.athena.arn
        name            = each.key
        sql_query       = "SELECT ${join(", ", local.columns[each.key][*].sql)} FROM \"${var.database}\".\"${each.key}\""

        dynamic "columns" {
          for_each = local.columns[each.key]

          content {
            name = columns.value.name
            type = columns.value.type
          }
        }
      }
    }
  }

  # The contract's descriptions stand at the columns.
  logical_table_map {
    logical_table_map_id = "described"
    alias                = each.key

    source {
      physical_table_id = "table"
    }

    dynamic "data_transforms" {
      for_each = [for column in local.columns[each.key] : column if column.comment != ""]

      content {
        tag_column_operation {
          column_name = data_transforms.value.name

          tags {
            column_description {
              text = substr(data_transforms.value.comment, 0, 500)
            }
          }
        }
      }
    }
  }

  dynamic "field_folders" {
    for_each = local.folders[each.key]

    content {
      field_folders_id = field_folders.key
      columns          = field_folders.value
    }
  }

  dynamic "permissions" {
    for_each = local.people

    content {
      principal = permissions.key
      actions   = local.rights.data_set[permissions.value]
    }
  }
}

locals {
  made = merge(
    { for table, made in aws_quicksight_data_set.dataset : table => made.data_set_id },
    { (var.quality_table) = aws_quicksight_data_set.quality.data_set_id },
  )
}

# Besides imports after a change (on_publish_minutes), which the sweep asks for: an import of a whole table at each publication would cost more
# than the run.
resource "aws_quicksight_refresh_schedule" "this" {
  for_each = var.settings.import_mode == "SPICE" ? local.made : {}

  data_set_id = each.value
  schedule_id = "refresh"

  schedule {
    refresh_type = "FULL_REFRESH"

    schedule_frequency {
      interval        = var.settings.refresh.interval
      time_of_the_day = var.settings.refresh.interval == "DAILY" ? var.settings.refresh.time_of_day : null
      timezone        = var.settings.refresh.timezone
    }
  }
}

resource "aws_quicksight_folder" "this" {
  folder_id   = var.name
  name        = var.name
  folder_type = "SHARED"

  dynamic "permissions" {
    for_each = local.people

    content {
      principal = permissions.key
      actions   = local.rights.folder[permissions.value]
    }
  }
}

resource "aws_quicksight_folder_membership" "data_set" {
  for_each = local.made

  folder_id   = aws_quicksight_folder.this.folder_id
  member_type = "DATASET"
  member_id   = each.value
}

resource "aws_quicksight_folder_membership" "dashboard" {
  folder_id   = aws_quicksight_folder.this.folder_id
  member_type = "DASHBOARD"
  member_id   = aws_quicksight_dashboard.quality.dashboard_id
}
