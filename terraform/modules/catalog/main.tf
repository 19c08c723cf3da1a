# One table a dataset. Partitions are registered by finalize when it publishes, not projected: projection would show days that
# nothing was published for, and Redshift Spectrum and Spark do not know it.
resource "aws_glue_catalog_database" "this" {
  name        = var.database
  description = "Published rows of the ${var.environment} deployment"
}

resource "aws_glue_catalog_table" "dataset" {
  for_each = var.tables

  database_name = aws_glue_catalog_database.this.name
  name          = each.key
  description   = each.value.description
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL       = "TRUE"
    classification = "parquet"
  }

  storage_descriptor {
    location      = "s3://${var.curated_bucket}/${each.value.dataset}/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
      parameters            = { "serialization.format" = "1" }
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }

  dynamic "partition_keys" {
    for_each = ["year", "month", "day"]

    content {
      name    = partition_keys.value
      type    = "string"
      comment = "Of the arrival, two or four digits"
    }
  }
}

# Verdicts and figures of every file, and the states that files were left in. Their partitions are finalize's too.
locals {
  quality = { for ending, table in var.quality_tables : "${replace(var.environment, "-", "_")}_${ending}" => table }

  storage = {
    parquet = {
      input   = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
      output  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"
      library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
    }
    json = {
      input   = "org.apache.hadoop.mapred.TextInputFormat"
      output  = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
      library = "org.openx.data.jsonserde.JsonSerDe"
    }
  }
}

resource "aws_glue_catalog_table" "quality" {
  for_each = local.quality

  database_name = aws_glue_catalog_database.this.name
  name          = each.key
  description   = each.value.description
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL       = "TRUE"
    classification = each.value.format
  }

  storage_descriptor {
    location      = "s3://${var.curated_bucket}/${each.key}/"
    input_format  = local.storage[each.value.format].input
    output_format = local.storage[each.value.format].output

    ser_de_info {
      serialization_library = local.storage[each.value.format].library
      parameters            = { "serialization.format" = "1" }
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.comment
      }
    }
  }

  dynamic "partition_keys" {
    for_each = ["year", "month", "day"]

    content {
      name    = partition_keys.value
      type    = "string"
      comment = "Of the day on which the run was planned, two or four digits"
    }
  }
}
