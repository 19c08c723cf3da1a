# From the datasets' contracts to tables: Spark's type names become the catalog's, and the columns that every row is enriched
# with are added. A dataset without columns has only those; all others are in the Parquet files and can be added here by contract.
locals {
  contracts = { for file in fileset(var.datasets_dir, "*.yaml") : trimsuffix(file, ".yaml") => yamldecode(file("${var.datasets_dir}/${file}")) }

  spark_types = { integer = "int", long = "bigint", short = "smallint", byte = "tinyint", real = "float", dec = "decimal", timestamp_ntz = "timestamp", timestamp_ltz = "timestamp" }

  source_columns = {
    for name, contract in local.contracts : name => [
      for column in try(contract.columns, []) : {
        name    = lower(column.name)
        type    = lookup(local.spark_types, lower(column.type), lower(column.type))
        comment = try(column.description, "")
      }
    ]
  }

  # A derived column is in the table if its expression says its type: cast(... as <type>). A wrong type would break every query.
  derived_columns = {
    for name, contract in local.contracts : name => [
      for column, expression in try(contract.derive, {}) : {
        name    = lower(column)
        type    = lookup(local.spark_types, lower(regex(local.outermost_cast, expression)[0]), lower(regex(local.outermost_cast, expression)[0]))
        comment = expression
      } if can(regex(local.outermost_cast, expression))
    ]
  }
  outermost_cast = "(?i)^\\s*cast\\s*\\(.*\\sas\\s+([a-z]+(?:\\([0-9, ]+\\))?)\\s*\\)\\s*$"

  enrichment_columns = [
    { name = "source_file", type = "string", comment = "The file that the row came from, as an s3:// address" },
    { name = "ingestion_timestamp", type = "timestamp", comment = "When the row was read" },
    { name = "batch_id", type = "string", comment = "The file's id in the ledger" },
    { name = "file_format", type = "string", comment = "csv, json, parquet, orc or avro" },
    { name = "environment", type = "string", comment = "The deployment that read it" },
  ]

  # Enrichment wins over a source column of the same name, and a derived column over a source column: as in the rows themselves.
  tables = {
    for name, contract in local.contracts : replace(lower(try(contract.dataset, name)), "-", "_") => {
      dataset     = try(contract.dataset, name)
      description = substr(try(contract.description, "Dataset ${name}"), 0, 2000)
      columns = concat(
        [for column in local.source_columns[name] : column if !contains(concat(local.derived_columns[name], local.enrichment_columns)[*].name, column.name)],
        [for column in local.derived_columns[name] : column if !contains(local.enrichment_columns[*].name, column.name)],
        local.enrichment_columns,
      )
    }
  }
}
