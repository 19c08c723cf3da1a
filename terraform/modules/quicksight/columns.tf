# The catalog's columns as QuickSight's: types, the SQL of those that it can't read as they are, and folders.
locals {
  catalog = "AwsDataCatalog"

  # Catalog type, without its parameters -> QuickSight's ("Supported data types and values", Amazon QuickSight User Guide). All else is a text.
  types = {
    tinyint = "INTEGER", smallint = "INTEGER", int = "INTEGER", bigint = "INTEGER"
    float   = "DECIMAL", double = "DECIMAL", decimal = "DECIMAL"
    date    = "DATETIME", timestamp = "DATETIME", boolean = "BOOLEAN"
  }

  partitions = [for name in ["year", "month", "day"] : { name = name, type = "string", comment = "Of the arrival, two or four digits" }]

  quoted = {
    for table, content in var.tables : table => [
      for column in concat(content.columns, local.partitions) : merge(column, { quoted = format("\"%s\"", replace(column.name, "\"", "\"\"")) })
    ]
  }

  columns = {
    for table, found in local.quoted : table => [
      for column in found : {
        name    = column.name
        comment = column.comment
        type    = lookup(local.types, split("(", column.type)[0], "STRING")
        sql = (
          can(regex("^(array|map|struct)<", column.type)) ? "json_format(CAST(${column.quoted} AS JSON)) AS ${column.quoted}"
          : column.type == "binary" ? "to_hex(${column.quoted}) AS ${column.quoted}"
          : column.quoted
        )
      }
    ]
  }

  plain = { for table, found in local.quoted : table => local.columns[table][*].sql == found[*].quoted }

  # What the pipeline adds to every row (core/datasets/catalog.py) lies apart from what the file said.
  added = ["source_file", "ingestion_timestamp", "batch_id", "file_format", "environment", "year", "month", "day"]

  folders = {
    for table, found in local.columns : table => {
      for folder, names in {
        "Values"                  = [for column in found : column.name if !contains(local.added, column.name)]
        "Where the row came from" = [for column in found : column.name if contains(local.added, column.name)]
      } : folder => names if length(names) > 0
    }
  }
}
