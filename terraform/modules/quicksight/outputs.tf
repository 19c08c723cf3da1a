output "data_sets" {
  description = "Ids of the data sets, by table."
  value       = local.made
}

output "folder" {
  description = "Id of the folder that they are in."
  value       = aws_quicksight_folder.this.folder_id
}

output "analysis" {
  description = "Id of the analysis that authors begin with."
  value       = aws_quicksight_analysis.quality.analysis_id
}

output "dashboard" {
  description = "Id of the dashboard of quality and volume."
  value       = aws_quicksight_dashboard.quality.dashboard_id
}
