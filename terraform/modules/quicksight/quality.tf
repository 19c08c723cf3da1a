# A data set of the last verdict of each file, and a dashboard to begin with: quality and volume by day and dataset. Nested columns of the table
# are left out; the saved queries of Athena have states, too.
locals {
  figures = {
    dataset     = { type = "STRING", sql = "dataset" }
    data_day    = { type = "DATETIME", sql = "try_cast(data_day AS date) AS data_day" }
    batch_id    = { type = "STRING", sql = "batch_id" }
    source_file = { type = "STRING", sql = "source_file" }
    arrived_at  = { type = "DATETIME", sql = "arrived_at" }
    judged_at   = { type = "DATETIME", sql = "judged_at" }
    outcome     = { type = "STRING", sql = "outcome" }
    passed      = { type = "BOOLEAN", sql = "passed" }
  }

  measures = merge(
    { for score in ["overall", "completeness", "validity", "consistency", "accuracy", "timeliness"] : score => { type = "DECIMAL", sql = score } },
    { for count in ["size_bytes", "rows_read", "rows_staged", "rows_bad"] : count => { type = "INTEGER", sql = count } },
  )

  judged = merge(local.figures, local.measures)

  lines = {
    score    = { title = "Score, mean of the files", column = "overall", by = "AVERAGE" }
    lowest   = { title = "Score, lowest of the files", column = "overall", by = "MIN" }
    rows     = { title = "Rows", column = "rows_read", by = "SUM" }
    bad-rows = { title = "Records that could not become a row", column = "rows_bad", by = "SUM" }
  }
}

resource "aws_quicksight_data_set" "quality" {
  data_set_id = "${var.name}-${var.quality_table}"
  name        = var.quality_table
  import_mode = var.settings.import_mode

  physical_table_map {
    physical_table_map_id = "quality"

    custom_sql {
      data_source_arn = aws_quicksight_data_source.athena.arn
      name            = var.quality_table
      sql_query = join(" ", [
        "SELECT ${join(", ", [for name in sort(keys(local.judged)) : local.judged[name].sql])} FROM",
        "(SELECT *, row_number() OVER (PARTITION BY batch_id ORDER BY judged_at DESC) AS turn FROM \"${var.database}\".\"${var.quality_table}\")",
        "WHERE turn = 1",
      ])

      dynamic "columns" {
        for_each = sort(keys(local.judged))

        content {
          name = columns.value
          type = local.judged[columns.value].type
        }
      }
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

resource "aws_quicksight_dashboard" "quality" {
  dashboard_id        = "${var.name}-quality"
  name                = "Quality and volume of ${var.name}"
  version_description = "Scores, rows and bad records by day and dataset"

  definition {
    data_set_identifiers_declarations {
      identifier   = "quality"
      data_set_arn = aws_quicksight_data_set.quality.arn
    }

    sheets {
      sheet_id = "quality"
      name     = "Quality and volume"

      dynamic "visuals" {
        for_each = local.lines

        content {
          line_chart_visual {
            visual_id = visuals.key

            title {
              format_text {
                plain_text = visuals.value.title
              }
            }

            chart_configuration {
              type = "LINE"

              field_wells {
                line_chart_aggregated_field_wells {
                  category {
                    date_dimension_field {
                      field_id         = "${visuals.key}-day"
                      date_granularity = "DAY"

                      column {
                        data_set_identifier = "quality"
                        column_name         = "data_day"
                      }
                    }
                  }

                  values {
                    numerical_measure_field {
                      field_id = "${visuals.key}-value"

                      column {
                        data_set_identifier = "quality"
                        column_name         = visuals.value.column
                      }

                      aggregation_function {
                        simple_numerical_aggregation = visuals.value.by
                      }
                    }
                  }

                  colors {
                    categorical_dimension_field {
                      field_id = "${visuals.key}-dataset"

                      column {
                        data_set_identifier = "quality"
                        column_name         = "dataset"
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  dynamic "permissions" {
    for_each = local.people

    content {
      principal = permissions.key
      actions   = local.rights.dashboard[permissions.value]
    }
  }
}
