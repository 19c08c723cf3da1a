# One deployment a name and account: a second one, from another state, fails at plan. docs/decisions/ has the reasons.
#
# The value is the time of the plan that made the deployment. A plan with the same state finds it in state and in AWS; a plan
# with another state proposes its own time, finds a different one in AWS, and stops before anything is changed.
resource "aws_ssm_parameter" "this" {
  #checkov:skip=CKV2_AWS_34:The value is a time that everybody may know; encrypted, it could not be compared at plan.
  name           = var.parameter_name
  description    = "Which Terraform state owns the deployment ${var.name}"
  type           = "String"
  insecure_value = plantimestamp()

  lifecycle {
    ignore_changes = [insecure_value]
  }
}

# What has to be true before anything is made: all are looked at in every plan.
resource "terraform_data" "before_anything" {
  lifecycle {
    precondition {
      condition     = length(var.missing_files) == 0
      error_message = "Not in ${var.dist_dir}: ${join(", ", var.missing_files)}. Run `make package glue-wheels` first: it builds what is deployed."
    }

    precondition {
      condition     = length(var.wrong) == 0
      error_message = join(" ", var.wrong)
    }

    precondition {
      condition     = alltrue([for made_at in var.found : made_at == aws_ssm_parameter.this.insecure_value])
      error_message = "${var.name} is already deployed in account ${var.account.id}, region ${var.account.region}, from another Terraform state. Use that state, or choose another name_prefix or environment. Nothing was changed."
    }
  }
}
