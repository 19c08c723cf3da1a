# All that can be chosen at once, with the longest names: test_everything.py reads the deployment with it, besides sources.tfvars and
# warehouse.tfvars.
environment       = "staging"
name_prefix       = "a-prefix-of-thirty-one-letters1"
alarm_addresses   = ["data-team@example.com"]
access_log_bucket = "logs-of-all-buckets"
stale_after_hours = { sales = 24 }
table_format      = "iceberg"
lake_formation    = { grants = true, registered = true }
openlineage_url   = "https://lineage.example.com/api/v1/lineage"
api               = { auth = { type = "iam" }, result_reuse_minutes = 5 }

# As many and as long as allowed: fifty, 2,000 characters with the commas between them.
watched_datasets = [
  "dataset_number_00_xxxxx", "dataset_number_01_xxxxx", "dataset_number_02_xxxxx", "dataset_number_03_xxxxx",
  "dataset_number_04_xxxxx", "dataset_number_05_xxxxx", "dataset_number_06_xxxxx", "dataset_number_07_xxxxx",
  "dataset_number_08_xxxxx", "dataset_number_09_xxxxx", "dataset_number_10_xxxxx", "dataset_number_11_xxxxx",
  "dataset_number_12_xxxxx", "dataset_number_13_xxxxx", "dataset_number_14_xxxxx", "dataset_number_15_xxxxx",
  "dataset_number_16_xxxxx", "dataset_number_17_xxxxx", "dataset_number_18_xxxxx", "dataset_number_19_xxxxx",
  "dataset_number_20_xxxxx", "dataset_number_21_xxxxx", "dataset_number_22_xxxxx", "dataset_number_23_xxxxx",
  "dataset_number_24_xxxxx", "dataset_number_25_xxxxx", "dataset_number_26_xxxxx", "dataset_number_27_xxxxx",
  "dataset_number_28_xxxxx", "dataset_number_29_xxxxx", "dataset_number_30_xxxxx", "dataset_number_31_xxxxx",
  "dataset_number_32_xxxxx", "dataset_number_33_xxxxx", "dataset_number_34_xxxxx", "dataset_number_35_xxxxx",
  "dataset_number_36_xxxxx", "dataset_number_37_xxxxx", "dataset_number_38_xxxxx", "dataset_number_39_xxxxx",
  "dataset_number_40_xxxxx", "dataset_number_41_xxxxx", "dataset_number_42_xxxxx", "dataset_number_43_xxxxx",
  "dataset_number_44_xxxxx", "dataset_number_45_xxxxx", "dataset_number_46_xxxxx", "dataset_number_47_xxxxx",
  "dataset_number_48_xxxxx", "dataset_number_49_xxxxxx",
]
