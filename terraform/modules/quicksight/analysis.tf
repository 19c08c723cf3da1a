# What an author begins with: the dashboard's lines as an analysis, which the owners change and publish dashboards of their own from. What they
# make of it stays: Terraform writes its content once.
resource "aws_quicksight_analysis" "quality" {
  analysis_id = "${var.name}-quality"
  name        = "Quality and volume of ${var.name}"

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

  # An analysis is its authors': readers have the dashboard.
  dynamic "permissions" {
    for_each = var.settings.owners

    content {
      principal = permissions.value
      actions   = local.authoring
    }
  }

  lifecycle {
    ignore_changes = [definition]
  }
}

locals {
  # The one set of actions for those who work on an analysis ("UpdateAnalysisPermissions", Amazon QuickSight Developer Guide).
  authoring = [
    "quicksight:DescribeAnalysis", "quicksight:DescribeAnalysisPermissions", "quicksight:QueryAnalysis", "quicksight:UpdateAnalysis",
    "quicksight:UpdateAnalysisPermissions", "quicksight:DeleteAnalysis", "quicksight:RestoreAnalysis",
  ]
}

resource "aws_quicksight_folder_membership" "analysis" {
  folder_id   = aws_quicksight_folder.this.folder_id
  member_type = "ANALYSIS"
  member_id   = aws_quicksight_analysis.quality.analysis_id
}
