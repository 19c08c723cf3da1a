# The network of those sources of sources/ that are private.
vpc = {
  subnet_id          = "subnet-0123456789abcdef0"
  availability_zone  = "us-east-1a"
  security_group_ids = ["sg-0123456789abcdef0"]
}
