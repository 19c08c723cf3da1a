"""Alarms, the dashboard and the parameter that marks a deployment: the calls that make and read them back."""

from __future__ import annotations

from tests.terraform.calls.named import QUEUE, TAGS, Aws, arn, same


def alarm(aws: Aws) -> None:
    given = {
        "AlarmName": "a", "Namespace": "AWS/SQS", "MetricName": "m", "Statistic": "Sum", "Period": 300,
        "EvaluationPeriods": 1, "DatapointsToAlarm": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0,
        "TreatMissingData": "notBreaching", "Dimensions": [{"Name": "QueueName", "Value": QUEUE}],
    }  # fmt: skip
    aws("cloudwatch").put_metric_alarm(**given, Tags=TAGS)
    found = aws("cloudwatch").describe_alarms(AlarmNames=["a"], AlarmTypes=["MetricAlarm"])["MetricAlarms"][0]
    same({name: found[name] for name in given}, given)
    aws("cloudwatch").list_tags_for_resource(ResourceARN=found["AlarmArn"])


def composite_alarm(aws: Aws) -> None:
    given = {"AlarmName": "both", "AlarmRule": 'ALARM("a")', "AlarmDescription": "d", "AlarmActions": [arn("sns", "t")]}
    aws("cloudwatch").put_composite_alarm(**given, Tags=TAGS)
    found = aws("cloudwatch").describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    same({name: found[name] for name in given}, given)


def dashboard(aws: Aws) -> None:
    aws("cloudwatch").put_dashboard(DashboardName="d", DashboardBody='{"widgets": []}')
    aws("cloudwatch").get_dashboard(DashboardName="d")


def parameter(aws: Aws) -> None:
    """None is found at first, and the second owner of a name is refused."""
    ssm = aws("ssm")
    same(ssm.get_parameters_by_path(Path="/t")["Parameters"], [])
    ssm.put_parameter(Name="/t/deployment", Type="String", Value="v", Overwrite=False, Tags=TAGS)
    same([p["Value"] for p in ssm.get_parameters_by_path(Path="/t")["Parameters"]], ["v"])
    ssm.get_parameter(Name="/t/deployment", WithDecryption=True)
    ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": ["/t/deployment"]}])
    ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/t/deployment")
