# One wrong value for each variable that has allowed values: test_variables.py plans with all of them at once.
environment                = "qa"
region                     = "europe"
name_prefix                = "Bad_Name"
bucket_suffix              = "Mine"
tags                       = { a = "", b = "", c = "", d = "", e = "", f = "", g = "", h = "" }
glue_version               = "4.0"
glue_worker_type           = "G.3X"
glue_max_workers           = 1
glue_max_concurrent_runs   = 0
glue_timeout_minutes       = 1
batching_window_seconds    = 0
max_files_per_run          = 0
max_bytes_per_run          = 1
max_attempts               = 0
automatic_datasets         = "guess"
new_datasets_a_day         = -1
schema_policy              = "ignore"
table_format               = "csv"
compact_after_hours        = -1
compact_least_objects      = 1
compact_object_bytes       = 1000
compact_days_per_sweep     = 0
snapshot_days              = 0.5
snapshots_kept             = 0
least_seconds_between_runs = 100000
notices                    = "some"
watched_datasets           = ["No Dataset"]
publish_within_minutes     = 0
publish_target_percent     = 100
stale_after_hours          = { sales = 0 }
log_level                  = "LOUD"
log_retention_days         = 8
retention_days             = { staging = 1 }
alarm_addresses            = ["nobody"]
sweep_minutes              = 1
sweep_reserved_concurrency = 5
health_check               = { schedule = "daily" }
athena_scan_limit_bytes    = 1
kms_key_arn                = "alias/mine"
vpc                        = { subnet_id = "mine", availability_zone = "us-east-1a", security_group_ids = [] }
lake_formation             = { registered = true }
access_log_bucket          = "No Bucket"
local_endpoint             = "https://example.com"
api                        = { auth = { type = "none" } }
redshift                   = { subnet_ids = ["subnet-1"], security_group_ids = [] }
quicksight                 = { owners = ["me"] }
openlineage_url            = "lineage"
