output "job" {
  description = "The Glue job: name and ARN."
  value       = { name = aws_glue_job.this.name, arn = aws_glue_job.this.arn }
}
