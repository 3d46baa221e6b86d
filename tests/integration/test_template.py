"""What no linter sees in template.yaml; `local.template_check` has the rest."""

import ast
import json
import re
import tomllib

import botocore.session
import pytest
from moto.events.models import EventPattern

from functions.aws.events import timer_change
from functions.executor.inbox import _LONGEST_PAUSE
from functions.settings import loop_settings
from local.artefact import destination
from local.interpreters import LAMBDA_VERSION
from local.paths import ROOT
from local.paths import TEMPLATE as TEMPLATE_FILE
from local.template_check import findings, transformed
from schedule_model.dispatching import QueueRun, dispatch

TEMPLATE = transformed()
RESOURCES = TEMPLATE["Resources"]
PARAMETERS = TEMPLATE["Parameters"]
BY_RUN_TIMEOUT = TEMPLATE["Mappings"]["ByRunTimeout"]
STEPS = ("Planner", "Dispatcher", "Sweeper", "Executor", "Api")
# Idempotency keys live for a day; a table of old ones would be litter.
FORGETTABLE = {"IdempotencyTable"}
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
READ_BY_LIBRARIES = {"AWS_DATA_PATH"}
BOTH_IMAGES = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
RECOVERY = {"PointInTimeRecoveryEnabled": True}


def of_type(kind):
    return {name: found["Properties"] for name, found in RESOURCES.items() if found["Type"] == kind}


FUNCTIONS = of_type("AWS::Lambda::Function")
SOURCES = of_type("AWS::Lambda::EventSourceMapping")
STREAMS = {name: source for name, source in SOURCES.items() if "StartingPosition" in source}
STATEMENTS = [
    (role, statement)
    for role, found in of_type("AWS::IAM::Role").items()
    for policy in found["Policies"]
    for statement in policy["PolicyDocument"]["Statement"]
]


def patterns():
    return [
        filter_["Pattern"]
        for source in SOURCES.values()
        for filter_ in source.get("FilterCriteria", {}).get("Filters", [])
    ]


def leaves(pattern):
    for value in pattern.values():
        yield from leaves(value) if isinstance(value, dict) else [value]


def local_parameters():
    profile = tomllib.loads((ROOT / "samconfig.toml").read_text())["local"]["deploy"]["parameters"]
    return dict(override.split("=", 1) for override in profile["parameter_overrides"])


def values(which):
    defaults = {name: str(parameter["Default"]) for name, parameter in PARAMETERS.items()}
    return defaults | (local_parameters() if which == "local" else {})


def test_the_template_has_no_finding_before_or_after_its_transform():
    assert findings() == ""


@pytest.mark.parametrize("pattern", patterns())
def test_a_filter_pattern_is_json_whose_every_leaf_is_a_list(pattern):
    assert all(isinstance(leaf, list) for leaf in leaves(json.loads(pattern)))


def timer_records():
    files = sorted((ROOT / "events").glob("timer-*.json"))
    return [pytest.param(record, id=file.stem) for file in files for record in json.loads(file.read_text())["Records"]]


def asks_for_a_run(record):
    found = timer_change(record)
    return found is not None and isinstance(dispatch(*found, now=found[0].due_at), QueueRun)


@pytest.mark.parametrize("record", timer_records())
def test_the_filter_lets_through_exactly_the_records_that_ask_for_a_run(record):
    filters = RESOURCES["DispatcherSource"]["Properties"]["FilterCriteria"]["Filters"]
    passes = [EventPattern.load(filter_["Pattern"]).matches_event(record) for filter_ in filters]

    assert any(passes) == asks_for_a_run(record)


def test_every_filter_lets_some_record_of_the_events_through():
    for pattern in patterns():
        assert any(EventPattern.load(pattern).matches_event(found.values[0]) for found in timer_records()), pattern


def test_the_runtime_exists():
    model = botocore.session.get_session().get_service_model("lambda")

    assert {function["Runtime"] for function in FUNCTIONS.values()} <= set(model.shape_for("Runtime").enum)


def test_the_runtime_is_the_one_that_is_built_for_and_whose_botocore_is_looked_into():
    for function in FUNCTIONS.values():
        places = function["Environment"]["Variables"]["AWS_DATA_PATH"].split(":")

        assert function["Runtime"] == f"python{LAMBDA_VERSION}"
        assert f"/var/lang/lib/{function['Runtime']}/site-packages/botocore/data" in places


@pytest.mark.parametrize("step", STEPS)
def test_a_handler_is_where_the_template_says(step):
    module, _, name = FUNCTIONS[f"{step}Function"]["Handler"].rpartition(".")

    assert f"\n{name} = " in (ROOT / module.replace(".", "/")).with_suffix(".py").read_text()


def is_environment(node):
    return ast.unparse(node).rpartition(".")[2] in {"environ", "environment"}


def read_by(path):
    """Yield each variable that a file reads: `environment["X"]`, `.get("X")`, `number(environment, "X")`, `getenv`."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Subscript(value=where, slice=ast.Constant(value=str(name))) if is_environment(where):
                yield name
            case ast.Call(func=ast.Attribute(value=where), args=[ast.Constant(value=str(name)), *_]):
                if is_environment(where) or ast.unparse(node.func) == "os.getenv":
                    yield name
            case ast.Call(args=[where, ast.Constant(value=str(name)), *_]) if is_environment(where):
                yield name


READ = {name for path in (ROOT / "functions").rglob("*.py") for name in read_by(path)}
# The system's own: which authorities to trust. Only tests set it.
SET_BY_THE_SYSTEM = {"SSL_CERT_FILE"}
# All other variables are every function's.
OF_ONE_STEP = {"Api": {"IDEMPOTENCY_TABLE"}}


@pytest.mark.parametrize("step", STEPS)
def test_the_variables_that_the_template_sets_are_those_that_are_read(step):
    of_others = set().union(*(names for other, names in OF_ONE_STEP.items() if other != step))

    assert set(FUNCTIONS[f"{step}Function"]["Environment"]["Variables"]) == (
        READ - SET_BY_THE_SYSTEM - of_others | READ_BY_LIBRARIES
    )


def test_what_lambda_logs_of_itself_is_off_and_ours_is_for_the_log_level_to_say():
    logging = [function["LoggingConfig"] for function in FUNCTIONS.values()]

    assert {one["LogFormat"] for one in logging} == {"JSON"}
    assert {one["ApplicationLogLevel"] for one in logging} == {"DEBUG"}
    assert all(one["SystemLogLevel"] == {"Ref": "SystemLogLevel"} for one in logging)
    assert (PARAMETERS["SystemLogLevel"]["Default"], PARAMETERS["LogLevel"]["Default"]) == ("WARN", "INFO")
    assert all("LogGroup" in one for one in logging)


@pytest.mark.parametrize("step", ["dispatcher", "sweeper", "executor"])
def test_the_logs_of_a_run_are_where_the_docs_look_for_them(step):
    groups = of_type("AWS::Logs::LogGroup")

    assert groups[f"{step.title()}Log"]["LogGroupName"] == {"Fn::Sub": f"/${{AWS::StackName}}/{step}"}
    assert f"`/<stack>/{step}`" in RUNBOOK


@pytest.mark.parametrize("seconds", PARAMETERS["RunTimeoutSeconds"]["AllowedValues"])
def test_a_message_stays_invisible_for_six_function_timeouts(seconds):
    assert BY_RUN_TIMEOUT[str(seconds)]["VisibilityTimeout"] >= 6 * int(seconds)


@pytest.mark.parametrize("seconds", PARAMETERS["RunTimeoutSeconds"]["AllowedValues"])
def test_with_whatever_timeout_the_functions_start_since_the_lease_outlives_it(seconds):
    lease = BY_RUN_TIMEOUT[str(seconds)]["Lease"]

    # A text, as a variable's value has to be; the embedded engine makes none of a number.
    assert isinstance(lease, str)
    assert loop_settings({"RUN_TIMEOUT_SECONDS": str(seconds), "LEASE_SECONDS": lease})


def test_lease_and_invisibility_go_with_the_timeout():
    leases = [function["Environment"]["Variables"]["LEASE_SECONDS"] for function in FUNCTIONS.values()]
    invisible = RESOURCES["RunQueue"]["Properties"]["VisibilityTimeout"]

    assert all(lease == {"Fn::FindInMap": ["ByRunTimeout", {"Ref": "RunTimeoutSeconds"}, "Lease"]} for lease in leases)
    assert invisible == {"Fn::FindInMap": ["ByRunTimeout", {"Ref": "RunTimeoutSeconds"}, "VisibilityTimeout"]}


@pytest.mark.parametrize("which", ["default", "local"])
def test_the_settings_fit_together(which):
    chosen = {name: int(value) for name, value in values(which).items() if value.isdecimal()}

    assert chosen["LeadSeconds"] > chosen["HorizonSeconds"] > 2 * 60


def holds(condition, given):
    match condition:
        case {"Fn::Equals": [left, right]}:
            return holds(left, given) == str(right)
        case {"Fn::Not": [one]}:
            return not holds(one, given)
        case {"Fn::And": several}:
            return all(holds(one, given) for one in several)
        case {"Condition": name}:
            return holds(TEMPLATE["Conditions"][name], given)
        case {"Ref": name}:
            return given[name]


def deployed(given):
    return {
        name
        for name, found in RESOURCES.items()
        if "Condition" not in found or holds({"Condition": found["Condition"]}, given)
    }


def test_the_http_api_is_deployed_only_where_it_is_asked_for():
    bare = deployed(
        values("default") | {"ApiPublicDocs": "true", "ApiJwtIssuer": "https://issuer", "ApiConcurrency": "9"}
    )
    local = deployed(values("local"))

    assert {"Api", "ApiFunction", "ApiRoute", "ApiRole", "ApiLog", "IdempotencyTable"} <= local - bare
    assert not [name for name in bare if name.startswith("Api") or "ApiGateway" in RESOURCES[name]["Type"]]


def test_the_local_profile_names_parameters_that_exist():
    assert set(local_parameters()) <= set(PARAMETERS)


def test_whoever_writes_to_the_queue_that_wakes_it_may_do_so_for_ever():
    wakes = {source["FunctionName"]["Ref"]: source["EventSourceArn"]["Fn::GetAtt"][0] for source in SOURCES.values()}
    loops = {name for name, queue in wakes.items() if RESOURCES[queue]["Type"] == "AWS::SQS::Queue"}

    assert loops == {"ExecutorFunction"}
    assert all(FUNCTIONS[name].get("RecursiveLoop") == "Allow" for name in loops)


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_takes_back_only_the_records_that_failed(name):
    assert SOURCES[name]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_outlives_an_hour_without_sqs_and_no_poison_lasts(name):
    source = STREAMS[name]

    assert 3600 < source["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert 3600 <= source["MaximumRetryAttempts"] <= 10_000
    assert source["BisectBatchOnFunctionError"] is True
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["DestinationConfig"]["OnFailure"]["Destination"]


@pytest.mark.parametrize(("role", "statement"), STATEMENTS)
def test_a_permission_names_one_table_queue_bucket_or_log(role, statement):
    resource = statement["Resource"]

    for one in resource if isinstance(resource, list) else [resource]:
        assert isinstance(one, dict), f"{role} {statement['Sid']} names no resource of the stack"
    for action in statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]:
        assert "*" not in action


def test_every_wildcard_in_a_permission_has_its_reason_written_above_it():
    lines = TEMPLATE_FILE.read_text().splitlines()
    wide = [number for number, line in enumerate(lines) if re.search(r"\b(Resource|SourceArn):.*\*", line)]

    assert len(wide) == 5
    for number in wide:
        is_of_a_role = "Resource:" in lines[number]
        start = next(n for n in range(number, 0, -1) if "- Sid:" in lines[n]) if is_of_a_role else number
        assert lines[start - 1].lstrip().startswith("# "), lines[number]


def test_ttl_streams_encryption_and_recovery_are_what_the_loop_stands_on():
    tables = of_type("AWS::DynamoDB::Table")
    ttl = {name: table.get("TimeToLiveSpecification") for name, table in tables.items()}
    streams = {name for name, table in tables.items() if table.get("StreamSpecification") == BOTH_IMAGES}
    recovered = {name for name, table in tables.items() if table.get("PointInTimeRecoverySpecification") == RECOVERY}

    assert ttl.pop("TargetsTable") is None
    assert ttl.pop("TimersTable") == {"AttributeName": "expires_at", "Enabled": True}
    assert all(one == {"AttributeName": "delete_at", "Enabled": True} for one in ttl.values())
    assert (streams, recovered) == ({"TargetsTable", "TimersTable"}, {"TargetsTable", "RunsTable"})
    assert all(table["SSESpecification"] == {"SSEEnabled": True} for table in tables.values())
    assert all(queue["SqsManagedSseEnabled"] is True for queue in of_type("AWS::SQS::Queue").values())


def test_the_sweeper_wakes_up_every_minute_and_no_tick_is_tried_again():
    (rule,) = of_type("AWS::Events::Rule").values()
    (asynchronous,) = of_type("AWS::Lambda::EventInvokeConfig").values()

    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert [target["Arn"] for target in rule["Targets"]] == [{"Fn::GetAtt": ["SweeperFunction", "Arn"]}]
    assert (asynchronous["MaximumEventAgeInSeconds"], asynchronous["MaximumRetryAttempts"]) == (60, 0)


def test_what_holds_data_stays_when_the_stack_goes():
    kinds = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket"}

    for name, resource in RESOURCES.items():
        if resource["Type"] in kinds and name not in FORGETTABLE:
            assert (resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")) == ("Retain", "Retain"), name


def test_a_message_is_kept_for_as_long_as_it_may_be_tried_and_longer_than_a_record():
    queue = of_type("AWS::SQS::Queue")["RunQueue"]
    slowest = max(found["VisibilityTimeout"] for found in BY_RUN_TIMEOUT.values())
    longest = max(slowest, _LONGEST_PAUSE.total_seconds())

    assert queue["MessageRetentionPeriod"] > queue["RedrivePolicy"]["maxReceiveCount"] * longest
    assert queue["MessageRetentionPeriod"] > max(source["MaximumRecordAgeInSeconds"] for source in STREAMS.values())


def test_a_dead_letter_is_kept_longer_than_a_message():
    queues = of_type("AWS::SQS::Queue")

    assert queues["RunQueue"]["MessageRetentionPeriod"] < queues["RunDeadLetterQueue"]["MessageRetentionPeriod"]


def test_the_artefact_is_built_for_the_architecture_that_the_template_asks_for(monkeypatch):
    monkeypatch.delenv("HOURGLASS_BUILD_PYTHON", raising=False)
    monkeypatch.delenv("HOURGLASS_ARCHITECTURE", raising=False)

    assert destination().name == f"lambda-{PARAMETERS['Architecture']['Default']}"


@pytest.mark.parametrize("step", STEPS)
def test_tracing_is_off_and_may_write_only_where_it_is_on(step):
    function = RESOURCES[f"{step}Function"]["Properties"]
    condition, when_on, when_off = RESOURCES[f"{step}Role"]["Properties"]["ManagedPolicyArns"]["Fn::If"]

    assert TEMPLATE["Parameters"]["TracingEnabled"]["Default"] == "false"
    assert function["TracingConfig"] == {"Mode": {"Fn::If": ["HasTracing", "Active", "PassThrough"]}}
    assert condition == "HasTracing"
    assert {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/AWSXRayDaemonWriteAccess"} in when_on
    assert "XRay" not in json.dumps(when_off)
