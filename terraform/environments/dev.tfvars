environment        = "dev"
glue_max_workers   = 5
log_retention_days = 30
retention_days     = { staging = 3, runs = 30, old_versions = 7, quarantine = 90 }
