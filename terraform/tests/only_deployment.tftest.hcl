# A name is deployed once in an account: what a plan finds in AWS decides whether it may go on.

variables {
  name           = "glue-etl-pipeline-dev"
  parameter_name = "/glue-etl-pipeline-dev/deployment"
  found          = []
  missing_files  = []
  dist_dir       = "dist"
  account        = { id = "123456789012", partition = "aws", region = "us-east-1" }
}

run "another_states_deployment_is_refused" {
  command         = plan
  expect_failures = [terraform_data.before_anything]

  module {
    source = "./modules/deployment"
  }

  variables {
    found = ["2020-01-01T00:00:00Z"]
  }
}

run "an_empty_account_is_deployed_to" {
  command = apply

  module {
    source = "./modules/deployment"
  }
}

run "the_same_state_finds_its_own_deployment" {
  command = plan

  module {
    source = "./modules/deployment"
  }

  variables {
    found = [run.an_empty_account_is_deployed_to.made_at]
  }

  assert {
    condition     = aws_ssm_parameter.this.insecure_value == run.an_empty_account_is_deployed_to.made_at
    error_message = "a second plan must keep the time of the first"
  }
}

run "the_same_state_refuses_a_deployment_that_took_its_place" {
  command         = plan
  expect_failures = [terraform_data.before_anything]

  module {
    source = "./modules/deployment"
  }

  variables {
    found = ["2020-01-01T00:00:00Z"]
  }
}

run "missing_packages_are_named" {
  command         = plan
  expect_failures = [terraform_data.before_anything]

  module {
    source = "./modules/deployment"
  }

  variables {
    missing_files = ["dispatch.zip"]
  }
}
