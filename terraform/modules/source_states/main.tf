# Where each source stands: a stream's window, a shard's checkpoint, a message's marker. Asked by key alone. Made where a source is declared.
resource "aws_dynamodb_table" "this" {
  count = var.wanted ? 1 : 0

  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "source"
  range_key                   = "part"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "source"
    type = "S"
  }

  attribute {
    name = "part"
    type = "S"
  }

  # Markers of messages age: a queue cannot deliver one again after its longest retention (expires_at, seconds since 1970).
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
