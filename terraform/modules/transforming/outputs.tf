output "job" {
  description = "The Glue job: name and ARN."
  value       = { name = aws_glue_job.transform.name, arn = aws_glue_job.transform.arn }
}

output "log_groups" {
  description = "Names of the log groups of the job's runs: error and output."
  value       = { for stream, group in aws_cloudwatch_log_group.transform : stream => group.name }
}
