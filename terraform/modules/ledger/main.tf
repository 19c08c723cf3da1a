# Asked by key and index, never scanned. It has no TTL on purpose: a row that ages out would make the sweep take the file for a new one and read it again.
resource "aws_dynamodb_table" "ledger" {
  name                        = var.ledger_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "batch_id"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "batch_id"
    type = "S"
  }

  attribute {
    name = "arrived_at"
    type = "S"
  }

  attribute {
    name = "dataset"
    type = "S"
  }

  attribute {
    name = "object_key"
    type = "S"
  }

  attribute {
    name = "open_state"
    type = "S"
  }

  attribute {
    name = "run_id"
    type = "S"
  }

  attribute {
    name = "updated_at"
    type = "S"
  }

  # The versions of a key.
  global_secondary_index {
    name            = "by-key"
    hash_key        = "object_key"
    range_key       = "arrived_at"
    projection_type = "ALL"
  }

  # What is open: sparse, a row leaves it with its last state.
  global_secondary_index {
    name            = "by-state"
    hash_key        = "open_state"
    range_key       = "updated_at"
    projection_type = "ALL"
  }

  # A dataset's newest files.
  global_secondary_index {
    name            = "by-dataset"
    hash_key        = "dataset"
    range_key       = "updated_at"
    projection_type = "ALL"
  }

  # The files of a run.
  global_secondary_index {
    name            = "by-run"
    hash_key        = "run_id"
    range_key       = "batch_id"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
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
