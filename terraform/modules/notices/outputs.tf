output "topic_arn" {
  description = "Topic that carries the notices and alarms."
  value       = aws_sns_topic.this.arn
}
