"""The key, buckets and tables: the calls that make and read them back."""

from __future__ import annotations

import json

from tests.terraform.calls.named import BUCKET, TAGS, TRUST, Aws, arn, same

TLS_ONLY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{BUCKET}/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})  # fmt: skip # noqa: E501


def kms_key(aws: Aws) -> None:
    kms = aws("kms")
    key = kms.create_key(Policy=TRUST, Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    kms.enable_key_rotation(KeyId=key)
    same(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"], True)
    kms.get_key_policy(KeyId=key, PolicyName="default")
    kms.list_resource_tags(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)


def kms_alias(aws: Aws) -> None:
    kms = aws("kms")
    kms.create_alias(AliasName="alias/t", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    same([a["AliasName"] for a in kms.list_aliases()["Aliases"] if a["AliasName"] == "alias/t"], ["alias/t"])


def bucket(aws: Aws) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": TAGS})
    for read in ("head_bucket", "get_bucket_acl", "get_bucket_versioning", "get_bucket_accelerate_configuration"):
        getattr(s3, read)(Bucket=BUCKET)
    for read in ("get_bucket_request_payment", "get_bucket_logging", "get_bucket_tagging", "get_bucket_location"):
        getattr(s3, read)(Bucket=BUCKET)


def bucket_versioning(aws: Aws) -> None:
    aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    same(aws("s3").get_bucket_versioning(Bucket=BUCKET)["Status"], "Enabled")


def bucket_ownership(aws: Aws) -> None:
    rules = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    aws("s3").put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=rules)
    same(aws("s3").get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"], rules)


def public_access(aws: Aws) -> None:
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    block = dict.fromkeys(names, True)
    aws("s3").put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    same(aws("s3").get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"], block)


def bucket_encryption(aws: Aws) -> None:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn("kms", "key/k")}
    rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]}
    aws("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration=rules)
    same(aws("s3").get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"], rules)


def bucket_lifecycle(aws: Aws) -> None:
    old = {"NoncurrentVersionExpiration": {"NoncurrentDays": 7}, "Expiration": {"ExpiredObjectDeleteMarker": True}}
    rules = [
        {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, **old},
        {"ID": "staging", "Status": "Enabled", "Filter": {"Prefix": "data/staging/"}, "Expiration": {"Days": 3}},
    ]
    aws("s3").put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": rules})
    found = aws("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    same([{**rule} for rule in found], rules)


def bucket_policy(aws: Aws) -> None:
    """The buckets must still take objects: the condition does not hold for a service that looks at it."""
    aws("s3").put_bucket_policy(Bucket=BUCKET, Policy=TLS_ONLY)
    try:
        aws("s3").put_object(Bucket=BUCKET, Key="data/incoming/a.csv", Body=b"a")
    finally:
        aws("s3").delete_bucket_policy(Bucket=BUCKET)


def bucket_object(aws: Aws) -> None:
    made = aws("s3").put_object(Bucket=BUCKET, Key="functions/dispatch.zip", Body=_empty_zip(), Tagging="a=b")
    same(aws("s3").head_object(Bucket=BUCKET, Key="functions/dispatch.zip")["VersionId"], made["VersionId"])
    aws("s3").get_object_tagging(Bucket=BUCKET, Key="functions/dispatch.zip")


def _empty_zip() -> bytes:
    return b"PK\x05\x06" + 18 * b"\0"


def table(aws: Aws) -> None:
    dynamodb, keys = aws("dynamodb"), {"TableName": "t-ledger"}
    dynamodb.create_table(
        **keys, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "batch_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "batch_id", "AttributeType": "S"}],
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": arn("kms", "key/k")}, Tags=TAGS,
    )  # fmt: skip
    dynamodb.update_continuous_backups(**keys, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
    dynamodb.update_time_to_live(**keys, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"})
    for read in ("describe_table", "describe_continuous_backups", "describe_time_to_live"):
        getattr(dynamodb, read)(**keys)
    dynamodb.list_tags_of_resource(ResourceArn=arn("dynamodb", "table/t-ledger"))
