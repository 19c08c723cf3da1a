# One source of each kind, and a network for those that are private.
sources_dir = "../tests/terraform/sources"
vpc = {
  subnet_id          = "subnet-0123456789abcdef0"
  availability_zone  = "us-east-1a"
  security_group_ids = ["sg-0123456789abcdef0"]
}
