# Where resources of earlier deployments are now, so that an update keeps them.
moved {
  from = module.ledger.aws_dynamodb_table.ledger
  to   = module.tables.aws_dynamodb_table.this["ledger"]
}

moved {
  from = module.ledger.aws_dynamodb_table.job_state
  to   = module.tables.aws_dynamodb_table.this["job_state"]
}

moved {
  from = module.source_states.aws_dynamodb_table.this[0]
  to   = module.tables.aws_dynamodb_table.this["sources"]
}

moved {
  from = module.functions.module.dispatch
  to   = module.functions.module.function["dispatch"]
}

moved {
  from = module.functions.module.finalize
  to   = module.functions.module.function["finalize"]
}

moved {
  from = module.functions.module.sweep
  to   = module.functions.module.function["sweep"]
}

moved {
  from = module.schedule.aws_scheduler_schedule.sweep
  to   = module.schedule.aws_scheduler_schedule.function["sweep"]
}

moved {
  from = module.schedule.aws_iam_role.sweep
  to   = module.schedule.aws_iam_role.function["sweep"]
}

moved {
  from = module.schedule.aws_iam_role_policy.sweep
  to   = module.schedule.aws_iam_role_policy.function["sweep"]
}

moved {
  from = module.streams.aws_lambda_event_source_mapping.kinesis
  to   = module.streams.aws_lambda_event_source_mapping.stream
}

moved {
  from = module.processing.aws_glue_job.ingest
  to   = module.job["ingest"].aws_glue_job.this
}

moved {
  from = module.processing.aws_iam_role.ingest
  to   = module.job["ingest"].aws_iam_role.this
}

moved {
  from = module.processing.aws_iam_role_policy.ingest
  to   = module.job["ingest"].aws_iam_role_policy.this
}

moved {
  from = module.processing.aws_cloudwatch_log_group.ingest
  to   = module.job["ingest"].aws_cloudwatch_log_group.this
}

moved {
  from = module.processing.aws_glue_security_configuration.this
  to   = module.job["ingest"].aws_glue_security_configuration.this
}

moved {
  from = module.transforming[0].aws_glue_job.transform
  to   = module.job["transform"].aws_glue_job.this
}

moved {
  from = module.transforming[0].aws_iam_role.transform
  to   = module.job["transform"].aws_iam_role.this
}

moved {
  from = module.transforming[0].aws_iam_role_policy.transform
  to   = module.job["transform"].aws_iam_role_policy.this
}

moved {
  from = module.transforming[0].aws_cloudwatch_log_group.transform
  to   = module.job["transform"].aws_cloudwatch_log_group.this
}

moved {
  from = module.transforming[0].aws_glue_security_configuration.this
  to   = module.job["transform"].aws_glue_security_configuration.this
}
