environment                = "prod"
glue_max_workers           = 20
glue_max_concurrent_runs   = 5
log_retention_days         = 365
sweep_reserved_concurrency = 1

# Add the addresses of those who are to be called:
# alarm_addresses = ["data-team@example.com"]
