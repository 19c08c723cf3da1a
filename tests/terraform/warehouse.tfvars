# Redshift and QuickSight, with people of both kinds: test_warehouse.py reads the dev deployment with it.
redshift = {
  subnet_ids         = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
  security_group_ids = ["sg-0123456789abcdef0"]
  reader_roles       = ["reports", "analysts"]
  reader_groups      = ["controllers"]
  reader_users       = ["IAMR:analyst"]
  copies             = ["transactions", "sales"]
}
quicksight = {
  owners  = ["arn:aws:quicksight:us-east-1:123456789012:group/default/data-team"]
  readers = ["arn:aws:quicksight:us-east-1:123456789012:group/default/reports"]
  refresh = { on_publish_minutes = 60 }
}
