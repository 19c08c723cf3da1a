# One deployment a name and account, and a second one fails at plan. docs/decisions/ has the reasons.
#
# The value is the time of the plan that made the deployment: a plan with the same state finds it in state and in AWS, a plan
# with another state proposes its own time, finds a different one in AWS, and stops before anything is changed.
resource "aws_ssm_parameter" "deployment" {
  #checkov:skip=CKV2_AWS_34:The value is a time that everybody may know; encrypted, it could not be compared at plan.
  name           = local.names.deployment
  description    = "Which Terraform state owns the deployment ${local.name}"
  type           = "String"
  insecure_value = plantimestamp()

  lifecycle {
    ignore_changes = [insecure_value]
  }
}

data "aws_ssm_parameters_by_path" "deployments" {
  path = "/${local.name}"
}

# What has to be true before anything is made: both are looked at in every plan.
resource "terraform_data" "before_anything" {
  lifecycle {
    precondition {
      condition     = length(module.artifacts.missing) == 0
      error_message = "Not in ${local.dist_dir}: ${join(", ", module.artifacts.missing)}. Run `make package glue-wheels` first: it builds what is deployed."
    }

    precondition {
      condition     = alltrue([for made_at in nonsensitive(data.aws_ssm_parameters_by_path.deployments.values) : made_at == aws_ssm_parameter.deployment.insecure_value])
      error_message = "${local.name} is already deployed in account ${local.account.id}, region ${var.region}, from another Terraform state. Use that state (its backend is in docs/deploy.md), or choose another name_prefix or environment. Nothing was changed."
    }
  }
}
