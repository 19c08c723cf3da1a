"""Settings come from the environment: what is missing or no number is named, the rest has its default."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_etl.core.errors import MissingSetting
from glue_etl.core.files.settings import settings_from

REQUIRED = {
    "ENVIRONMENT": "dev",
    "RAW_BUCKET": "raw",
    "CURATED_BUCKET": "curated",
    "QUARANTINE_BUCKET": "quarantine",
    "LEDGER_TABLE": "ledger",
    "JOB_STATE_TABLE": "job-state",
    "GLUE_JOB_NAME": "ingest",
    "CONTRACTS_URI": "s3://artifacts/contracts.json",
    "ARRIVALS_QUEUE_URL": "https://queue",
    "NOTICES_TOPIC_ARN": "arn:aws:sns:eu-west-1:1:notices",
    "CATALOG_DATABASE": "lake",
}
NUMBERS = {
    "MAX_FILES_PER_RUN": 1000,
    "MAX_BYTES_PER_RUN": 10_737_418_240,
    "MAX_ATTEMPTS": 3,
    "BUSY_WAIT_SECONDS": 30,
    "CLAIM_LEASE_SECONDS": 900,
    "LEAST_SECONDS_BETWEEN_RUNS": 0,
}


def complaint(environment: dict[str, str]) -> str:
    with pytest.raises(MissingSetting) as error:
        settings_from(environment)
    return str(error.value)


def test_every_required_variable_is_read_into_its_field() -> None:
    found = settings_from(REQUIRED)
    assert {name: getattr(found, name.lower()) for name in REQUIRED} == REQUIRED


def test_what_is_not_set_has_a_default() -> None:
    found = settings_from(REQUIRED)
    assert {name: getattr(found, name.lower()) for name in NUMBERS} == NUMBERS
    assert found.incoming_prefix == "data/incoming/"


@pytest.mark.parametrize("name", [*NUMBERS, "INCOMING_PREFIX"])
def test_an_empty_optional_variable_means_the_default(name: str) -> None:
    assert settings_from({**REQUIRED, name: ""}) == settings_from(REQUIRED)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_required_variable_that_is_missing_or_empty_is_named_alone(name: str) -> None:
    without = {other: text for other, text in REQUIRED.items() if other != name}
    for environment in (without, {**without, name: ""}):
        assert complaint(environment).startswith(f"{name} is not set: ")


@given(st.sets(st.sampled_from(sorted(REQUIRED)), min_size=1), st.sets(st.sampled_from(sorted(NUMBERS))))
def test_all_that_is_wrong_is_named_at_once_and_nothing_else(missing: set[str], wrong: set[str]) -> None:
    given_ones = {name: text for name, text in REQUIRED.items() if name not in missing}
    said = complaint({**given_ones, **dict.fromkeys(wrong, "many")})
    parts = said.rpartition(": ")[0].split("; ")
    assert {part.split(" is ")[0].removesuffix("='many'") for part in parts} == missing | wrong
    assert len(parts) == len(missing) + len(wrong)


def test_a_flag_is_true_or_false_and_off_where_nothing_is_said() -> None:
    assert not settings_from(REQUIRED).row_text_in_reasons
    assert settings_from({**REQUIRED, "ROW_TEXT_IN_REASONS": "true"}).row_text_in_reasons
    assert "ROW_TEXT_IN_REASONS='yes' is not true or false" in complaint({**REQUIRED, "ROW_TEXT_IN_REASONS": "yes"})


def test_what_people_are_told_is_every_run_or_what_needs_them() -> None:
    assert not settings_from(REQUIRED).tells_each_run
    assert settings_from({**REQUIRED, "NOTICES": "each"}).tells_each_run
    assert "NOTICES='some' is none of: each, problems_and_daily_summary" in complaint({**REQUIRED, "NOTICES": "some"})


def test_the_error_says_where_the_variables_are_set() -> None:
    assert complaint({}).endswith("see the functions' environment in terraform/main.tf")


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", ["ten", "-1", "1.5", "1e3", " 3", "0x10", "1_000"])
def test_a_number_that_is_none_is_named_with_its_text(name: str, text: str) -> None:
    assert f"{name}={text!r} is not a number" in complaint({**REQUIRED, name: text})


@given(st.sampled_from(sorted(NUMBERS)), st.text(string.printable, min_size=1, max_size=8))
def test_a_text_is_a_number_or_an_error(name: str, text: str) -> None:
    if all(character in string.digits for character in text):
        assert getattr(settings_from({**REQUIRED, name: text}), name.lower()) == int(text)
    else:
        assert name in complaint({**REQUIRED, name: text})


@given(st.sampled_from(sorted(NUMBERS)), st.integers(0, 2**63))
def test_a_given_number_replaces_the_default_and_no_other(name: str, number: int) -> None:
    found = settings_from({**REQUIRED, name: str(number)})
    assert {other: getattr(found, other.lower()) for other in NUMBERS} == {**NUMBERS, name: number}


def test_a_text_stays_a_text_even_of_digits() -> None:
    assert settings_from({**REQUIRED, "ENVIRONMENT": "007"}).environment == "007"


def test_variables_of_others_do_not_matter() -> None:
    assert settings_from({**REQUIRED, "PATH": "/bin", "max_attempts": "9"}) == settings_from(REQUIRED)


def test_a_claims_places_are_all_below_the_raw_buckets_data() -> None:
    found = settings_from(REQUIRED)
    assert found.manifest_uri("c") == "s3://raw/data/runs/c/manifest.json"
    assert found.result_uri("c", "r") == "s3://raw/data/runs/c/r/result.json"
    assert found.staging_uri("c") == "s3://raw/data/staging/c/"
