output "job" {
  description = "The Glue job: name and ARN."
  value       = { name = aws_glue_job.ingest.name, arn = aws_glue_job.ingest.arn }
}
