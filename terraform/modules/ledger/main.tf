# The ledger has no TTL on purpose: a row that ages out would make the sweep take the file for a new one and read it again.
resource "aws_dynamodb_table" "ledger" {
  name                        = var.ledger_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "batch_id"
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = toset(concat(["batch_id"], flatten([for keys in values(local.ledger_indexes) : keys])))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.ledger_indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value[0]
      range_key       = global_secondary_index.value[1]
      projection_type = "ALL"
    }
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}

# What the product answers from: the files of a key, what is open, a dataset's newest, a run's files. Never a scan.
locals {
  ledger_indexes = {
    by-key     = ["object_key", "arrived_at"]
    by-state   = ["open_state", "updated_at"]
    by-dataset = ["dataset", "updated_at"]
    by-run     = ["run_id", "batch_id"]
  }
}

resource "aws_dynamodb_table" "job_state" {
  name                        = var.job_state_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "job_name"
  range_key                   = "updated_at"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "job_name"
    type = "S"
  }

  attribute {
    name = "updated_at"
    type = "S"
  }

  # Rows of past runs age: finalize sets expires_at (seconds since 1970).
  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }
}
