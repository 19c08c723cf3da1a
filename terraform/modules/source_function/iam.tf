locals {
  raw        = var.shared.buckets.raw.arn
  landing    = concat(["${var.shared.incoming_prefix}${var.source_name}/"], var.folders)
  secrets    = "arn:${var.shared.account.partition}:secretsmanager:${var.shared.account.region}:${var.shared.account.id}:secret"
  own_keys   = "arn:${var.shared.account.partition}:kms:${var.shared.account.region}:${var.shared.account.id}:key/*"
  secret_arn = [for name in var.secrets : "${local.secrets}:${name}-??????"] # AWS ends a secret's ARN with six characters

  # What may be encrypted with a key of the user's own: the service that decrypts it, and what AWS binds the ciphertext to.
  encrypted = concat(
    length(var.secrets) == 0 ? [] : [{ sid = "Secrets", service = "secretsmanager", context = "SecretARN", arns = local.secret_arn }],
    [for stream in var.encrypted_streams : { sid = "Stream", service = stream.service, context = "aws:${stream.service}:arn", arns = [stream.arn] }],
  )
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.own.json, var.policy_json]
}

data "aws_iam_policy_document" "own" {
  statement {
    sid       = "ReadDeclarations"
    actions   = ["s3:GetObject"]
    resources = ["${var.shared.buckets.artifacts.arn}/sources/*"]
  }

  # An object is created only where there is none (If-None-Match), and read to see how far it goes: nothing is overwritten.
  statement {
    sid       = "Land"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [for folder in local.landing : "${local.raw}/${folder}*"]
  }

  # Without this S3 answers "forbidden" for an object that is not there yet, with it "not found". Such a request has no prefix.
  statement {
    sid       = "TellMissingFromForbidden"
    actions   = ["s3:ListBucket"]
    resources = [local.raw]

    condition {
      test     = "StringLikeIfExists"
      variable = "s3:prefix"
      values   = [for folder in local.landing : "${folder}*"]
    }
  }

  statement {
    sid       = "KeepOwnState"
    actions   = var.state_actions
    resources = [var.shared.table_arn]

    condition {
      test     = "ForAllValues:StringEquals"
      variable = "dynamodb:LeadingKeys"
      values   = [var.source_name, "${var.source_name}#messages"]
    }
  }

  dynamic "statement" {
    for_each = length(var.secrets) == 0 ? [] : [local.secret_arn]

    content {
      sid       = "ReadOwnSecrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = local.encrypted

    content {
      sid       = "DecryptOwn${statement.value.sid}"
      actions   = ["kms:Decrypt"]
      resources = [local.own_keys]

      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["${statement.value.service}.${var.shared.account.region}.${var.shared.account.dns_suffix}"]
      }

      condition {
        test     = "StringLike"
        variable = "kms:EncryptionContext:${statement.value.context}"
        values   = statement.value.arns
      }
    }
  }
}
