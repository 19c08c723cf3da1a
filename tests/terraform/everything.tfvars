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
  "dataset_number_00_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_01_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_02_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_03_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_04_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_05_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_06_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_07_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_08_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_09_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_10_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_11_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_12_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_13_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_14_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_15_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_16_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_17_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_18_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_19_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_20_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_21_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_22_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_23_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_24_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_25_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_26_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_27_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_28_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_29_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_30_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_31_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_32_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_33_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_34_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_35_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_36_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_37_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_38_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_39_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_40_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_41_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_42_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_43_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_44_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_45_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_46_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_47_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_48_xxxxxxxxxxxxxxxxxxxxx",
  "dataset_number_49_xxxxxxxxxxxxxxxxxxxxxx",
]
