# What the ingest job reaches besides what every job has: the network of the user, if any; a key (protection.tf); files and rows (iam.tf).
resource "aws_glue_connection" "vpc" {
  count = var.vpc == null || var.local_aws ? 0 : 1

  name            = "${var.job_name}-vpc"
  description     = "Lets ${var.job_name} reach private databases"
  connection_type = "NETWORK"

  physical_connection_requirements {
    subnet_id              = var.vpc.subnet_id
    availability_zone      = var.vpc.availability_zone
    security_group_id_list = var.vpc.security_group_ids
  }
}
