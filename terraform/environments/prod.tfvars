environment              = "prod"
glue_max_workers         = 20
glue_max_concurrent_runs = 5
log_retention_days       = 365

# Two sweeps at once do no harm. Where the account's limit is 1,000 concurrent functions (a new account's is 10, and 100 must
# stay unreserved), this makes sure that there is one:
# sweep_reserved_concurrency = 1

# Add the addresses of those who are to be called:
# alarm_addresses = ["data-team@example.com"]
