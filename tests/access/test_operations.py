"""What the API tells of a deployment as a whole."""

from __future__ import annotations

import json

from local.deployment import _table
from shipping.deployment import DESCRIPTION
from tests.access.world import ARTIFACTS, deployed

DECLARED = {"shop": {"kind": "rest", "streams": {"orders": {}}}, "clicks": {"kind": "kinesis"}}


def test_sources_are_told_whether_they_are_pulled_or_collected() -> None:
    """A pulled stream has counts from the first; a collected shard has none, and its position is a number."""
    with deployed() as world:
        client = world.estate.deployment.client
        assert world.ask("GET", "/v1/sources").json == {"sources": [], "truncated": False}
        body = json.dumps({"sources": DECLARED}).encode()
        client("s3").put_object(Bucket=ARTIFACTS, Key="sources/sources.json", Body=body)
        name = "glue-etl-pipeline-dev-sources"
        client("dynamodb").create_table(**_table(name, DESCRIPTION["tables"]["sources"]).request)
        shard = {"source": "clicks", "part": "shard-0", "rows_to": 7, "updated_at": "2024-01-31T00:00:00+00:00"}
        item = {key: {"N": str(value)} if isinstance(value, int) else {"S": value} for key, value in shard.items()}
        client("dynamodb").put_item(TableName=name, Item=item)
        answer = world.ask("GET", "/v1/sources")
        assert answer.status == 200, answer.body
        collected, pulled = answer.json["sources"]
        assert (collected["state"], collected["position"], collected["rows"]) == ("COLLECTING", "7", None)
        assert collected["last_success"] == "2024-01-31T00:00:00+00:00"
        assert (pulled["part"], pulled["state"], pulled["rows"], pulled["files"]) == ("orders", "never pulled", 0, 0)
