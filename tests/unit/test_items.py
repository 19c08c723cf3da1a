"""What is stored in DynamoDB comes back equal, empty texts included: an item holds no attribute for those."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from glue_etl.aws.files.ledger_items import item_run, run_item
from glue_etl.aws.tables import from_item, to_item
from glue_etl.core.files.ledger import RunRecord

texts = st.text(max_size=5)


@given(
    st.builds(
        RunRecord, claim=texts.filter(bool), manifest=texts, run_id=texts, open=st.booleans(), notified=st.booleans(),
        teller=texts, telling_until=texts, updated_at=texts, rev=st.integers(0, 9),
    )
)  # fmt: skip
def test_a_run_comes_back_as_it_was_stored(run: RunRecord) -> None:
    assert item_run(from_item(to_item(run_item(run)))) == run
