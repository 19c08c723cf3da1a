# tflint --recursive --config "$PWD/.tflint.hcl" --chdir terraform
# The terraform rules come with tflint itself. The AWS rules are a download: `tflint --init` after taking the comment off.
config {
  call_module_type = "local"
}

plugin "terraform" {
  enabled = true
  preset  = "all"
}

# plugin "aws" {
#   enabled = true
#   version = "0.38.0"
#   source  = "github.com/terraform-linters/tflint-ruleset-aws"
# }

# The function module's callers and the locals beside what they explain are easier to read than one file of each.
rule "terraform_standard_module_structure" {
  enabled = true
}
