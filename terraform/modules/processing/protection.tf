# The key of columns that contracts protect by hash or token. Its value never passes through Terraform, whose state would hold it:
# whoever operates the deployment puts it there once (docs/personal-data.md).
resource "aws_secretsmanager_secret" "protection" {
  #checkov:skip=CKV2_AWS_57:A new key gives other hashes and tokens: it is changed by a person, who then replays what is published.
  count = var.protection_secret == "" ? 0 : 1

  name        = var.protection_secret
  description = "Key of protected columns; without it tokens can't be turned back"
  kms_key_id  = var.key_arn
}
