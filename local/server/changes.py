"""What Terraform asks for and moto has not: changes and removals, without which a second apply or a destroy fails half-way, and
the tags that a bucket is made with, without which a second plan is not empty.

As the API references of Athena (DeleteNamedQuery, UpdateWorkGroup), Glue (UpdateJob: what is not given goes), API Gateway V2
(UpdateStage) and S3 (CreateBucket) have them.
"""

from __future__ import annotations

import json
import re
from functools import wraps
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.athena.responses import AthenaResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.glue.responses import GlueResponse
from moto.s3.responses import S3Response

# What UpdateJob can't change, and what Glue itself keeps.
_OF_THE_JOB_ITSELF = {"name", "arn", "backend", "created_on", "last_modified_on", "job_runs"}
_MAPPINGS = {"execution_property", "default_arguments"}

_put_bucket = S3Response._bucket_response_put


def install() -> None:
    """May be called more than once."""
    AthenaResponse.delete_named_query = _delete_named_query
    AthenaResponse.update_work_group = _update_work_group
    GlueResponse.update_job = _update_job
    ApiGatewayV2Response.update_stage = _update_stage
    S3Response._bucket_response_put = _put_bucket_with_tags


def _delete_named_query(self: Any) -> Any:
    if self.athena_backend.named_queries.pop(self._get_param("NamedQueryId"), None) is None:
        return self.error("NamedQuery does not exist", 400)
    return "{}"


def _update_work_group(self: Any) -> Any:
    group = self.athena_backend.work_groups.get(self._get_param("WorkGroup"))
    if group is None:
        return self.error("WorkGroup does not exist", 400)
    group.description = self._get_param("Description", group.description)
    group.state = self._get_param("State", group.state)
    _change(group.configuration, self._get_param("ConfigurationUpdates") or {})
    return "{}"


def _change(settings: dict[str, Any], updates: dict[str, Any]) -> None:
    """`RemoveX: true` takes X away, `XUpdates` changes what is in X, all else is set."""
    for name, value in updates.items():
        if name.startswith("Remove"):
            if value:
                settings.pop(re.sub("^Remove", "", name), None)
        elif name.endswith("Updates"):
            _change(settings.setdefault(name.removesuffix("Updates"), {}), value)
        else:
            settings[name] = value


def _update_job(self: Any) -> Any:
    job = self.glue_backend.get_job(self._get_param("JobName"))
    told = {_attribute(name): value for name, value in self._get_param("JobUpdate").items()}
    for name in vars(job).keys() - _OF_THE_JOB_ITSELF:
        setattr(job, name, told.get(name, {} if name in _MAPPINGS else None))
    job.execution_class = job.execution_class or "STANDARD"
    job.last_modified_on = utcnow()
    return ActionResult({"JobName": job.name})


def _attribute(name: str) -> str:
    """worker_type of WorkerType."""
    return re.sub("(?<!^)(?=[A-Z])", "_", name).lower()


def _update_stage(self: Any) -> Any:
    *_, api, _, name = self.path.split("/")
    stage, told = self.apigatewayv2_backend.get_stage(api, unquote(name)), json.loads(self.body)
    for given, value in told.items():
        if given not in ("apiId", "stageName"):
            setattr(stage, _attribute(given), value)
    return 200, {}, json.dumps(stage.to_json())


@wraps(_put_bucket)
def _put_bucket_with_tags(self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
    answer = _put_bucket(self, request, bucket_name, querystring)
    if not querystring and b"<Tags>" in self.body:
        tags = ElementTree.fromstring(self.body).iterfind("{*}Tags/{*}Tag")
        self.backend.put_bucket_tagging(bucket_name, {t.findtext("{*}Key"): t.findtext("{*}Value") or "" for t in tags})
    return answer
