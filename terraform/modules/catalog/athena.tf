resource "aws_athena_workgroup" "this" {
  name          = var.workgroup
  description   = "Queries on the published rows of the ${var.environment} deployment"
  force_destroy = var.force_destroy

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.scan_limit_bytes

    result_configuration {
      output_location = "s3://${var.artifacts_bucket}/athena-results/"

      encryption_configuration {
        encryption_option = "SSE_KMS"
        kms_key_arn       = var.key_arn
      }
    }
  }
}

# What a user would ask first of each table.
locals {
  questions = {
    newest_rows = {
      description = "The newest rows"
      sql         = "SELECT * FROM {table} ORDER BY ingestion_timestamp DESC LIMIT 100"
    }
    rows_by_day = {
      description = "Rows and files by day of arrival"
      sql         = "SELECT year, month, day, count(*) AS row_count, count(DISTINCT batch_id) AS files FROM {table} GROUP BY year, month, day ORDER BY year DESC, month DESC, day DESC"
    }
    rows_by_file = {
      description = "Which files the rows came from, and when"
      sql         = "SELECT source_file, batch_id, file_format, count(*) AS row_count, max(ingestion_timestamp) AS read_at FROM {table} GROUP BY source_file, batch_id, file_format ORDER BY read_at DESC LIMIT 100"
    }
  }

  named_queries = merge([
    for table in keys(var.tables) : {
      for question, query in local.questions : "${table}_${question}" => {
        description = "${query.description} of ${table}"
        sql         = replace(query.sql, "{table}", "\"${var.database}\".\"${table}\"")
      }
    }
  ]...)
}

resource "aws_athena_named_query" "this" {
  for_each = local.named_queries

  name        = each.key
  description = each.value.description
  workgroup   = aws_athena_workgroup.this.name
  database    = aws_glue_catalog_database.this.name
  query       = each.value.sql
}
