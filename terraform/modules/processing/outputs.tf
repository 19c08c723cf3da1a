output "job" {
  description = "The Glue job: name and ARN."
  value       = { name = aws_glue_job.ingest.name, arn = aws_glue_job.ingest.arn }
}

output "role_arn" {
  description = "The job's role."
  value       = aws_iam_role.ingest.arn
}
