"""Iceberg tables in the Glue Data Catalog, by pyiceberg's core: the only pyiceberg, without PyArrow.

Only glue_etl.aws.files.tables imports it, when a table has to follow: other invocations do not pay for it.
"""
