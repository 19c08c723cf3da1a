output "data_sets" {
  description = "Ids of the data sets, by table."
  value       = { for table, made in aws_quicksight_data_set.dataset : table => made.data_set_id }
}

output "folder" {
  description = "Id of the folder that they are in."
  value       = aws_quicksight_folder.this.folder_id
}
