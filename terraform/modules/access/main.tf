# One key for everything at rest: the deployment's own, or the one that the user names.
resource "aws_kms_key" "this" {
  count = var.own_key_arn == "" ? 1 : 0

  description             = "Everything at rest in ${var.name}"
  enable_key_rotation     = true
  deletion_window_in_days = 7
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "this" {
  count = var.own_key_arn == "" ? 1 : 0

  name          = "alias/${var.name}"
  target_key_id = aws_kms_key.this[0].key_id
}
