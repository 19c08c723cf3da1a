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

  # The latest verdict of each file in its latest state: a file that was judged again, replayed or rolled back counts once.
  quality_table = "\"${var.database}\".\"${replace(var.environment, "-", "_")}_quality\""
  states_table  = "\"${var.database}\".\"${replace(var.environment, "-", "_")}_quality_states\""
  last_of_each  = <<-SQL
    WITH judged AS (SELECT *, row_number() OVER (PARTITION BY batch_id ORDER BY judged_at DESC) AS turn FROM ${local.quality_table}
      WHERE "year" || '-' || "month" || '-' || "day" >= to_iso8601(current_date - interval '30' day)),
    moved AS (SELECT t.batch_id, t.state, t.rows_published, s.settled_at,
        row_number() OVER (PARTITION BY t.batch_id ORDER BY s.settled_at DESC) AS turn
      FROM ${local.states_table} s CROSS JOIN UNNEST(transform(s.files, f -> f.batch_id), transform(s.files, f -> f.state),
        transform(s.files, f -> f.rows_published)) AS t(batch_id, state, rows_published))
    SELECT %s FROM judged j LEFT JOIN moved m ON m.batch_id = j.batch_id AND m.turn = 1 WHERE j.turn = 1
  SQL

  quality_queries = {
    quality_last_30_days = {
      description = "Quality of the last 30 days, by dataset and day"
      sql = format(
        "${trimspace(local.last_of_each)} GROUP BY j.dataset, j.data_day ORDER BY j.data_day DESC, j.dataset",
        "j.dataset, j.data_day, count(*) AS files, count_if(m.state = 'PUBLISHED') AS published, sum(j.rows_read) AS rows_read, sum(j.rows_bad) AS rows_bad, round(avg(j.overall), 1) AS overall, round(min(j.overall), 1) AS lowest"
      )
    }
    quality_of_each_file = {
      description = "The last verdict and state of each file of the last 30 days"
      sql = format(
        "${trimspace(local.last_of_each)} ORDER BY j.judged_at DESC LIMIT 1000",
        "j.dataset, j.source_file, m.state, j.passed, j.overall, j.completeness, j.validity, j.consistency, j.accuracy, j.timeliness, j.rows_read, j.rows_staged, j.rows_bad, m.rows_published, j.arrived_at, m.settled_at, j.run_id, j.batch_id"
      )
    }
  }

  named_queries = merge(local.quality_queries, [
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
