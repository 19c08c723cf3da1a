"""The catalog and Athena: the calls that make and read them back."""

from __future__ import annotations

from tests.terraform.calls.named import TAGS, Aws, arn, same


def database(aws: Aws) -> None:
    aws("glue").create_database(DatabaseInput={"Name": "t", "Description": "d"})
    aws("glue").get_database(Name="t")
    aws("glue").get_tags(ResourceArn=arn("glue", "database/t"))


def catalog_table(aws: Aws) -> None:
    columns = {"Location": "s3://t/", "Columns": [{"Name": "id", "Type": "bigint", "Comment": "c"}]}
    keys = [{"Name": "year", "Type": "string", "Comment": "c"}]
    given = {"Name": "t", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": columns, "PartitionKeys": keys}
    aws("glue").create_table(DatabaseName="t", TableInput=given)
    found = aws("glue").get_table(DatabaseName="t", Name="t")["Table"]
    same((found["StorageDescriptor"], found["PartitionKeys"]), (columns, keys))
    aws("glue").get_partition_indexes(DatabaseName="t", TableName="t")


def workgroup(aws: Aws) -> None:
    results = {"OutputLocation": "s3://t/athena-results/", "EncryptionConfiguration": {"EncryptionOption": "SSE_KMS", "KmsKey": "k"}}  # fmt: skip # noqa: E501
    wanted = {
        "ResultConfiguration": results,
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": 10**10,
    }
    aws("athena").create_work_group(Name="t", Configuration=wanted, Description="d", Tags=TAGS)
    found = aws("athena").get_work_group(WorkGroup="t")["WorkGroup"]["Configuration"]
    same({name: found[name] for name in wanted}, wanted)
    aws("athena").list_tags_for_resource(ResourceARN=arn("athena", "workgroup/t"))


def named_query(aws: Aws) -> None:
    made = aws("athena").create_named_query(Name="q", Database="t", QueryString="select 1", WorkGroup="t")
    aws("athena").get_named_query(NamedQueryId=made["NamedQueryId"])
