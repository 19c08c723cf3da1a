# On this machine: terraform -chdir=terraform apply -var-file=examples/local/local.tfvars
environment    = "dev"
local_endpoint = "http://127.0.0.1:4566"
