"""The head of a key whose dataset is an Iceberg table: what was shown is the table's to give up, what never was is deleted."""

from __future__ import annotations

from dataclasses import replace

from glue_etl.aws.files.ledger_items import DUE_NOW, head_item, item_head
from glue_etl.core.files import heads
from glue_etl.core.files.heads import Head, Intent, Publication
from glue_etl.core.files.model import File, Partition

FILE = File("raw", "data/incoming/a.csv", "v1", "etag", 10, "2024-03-01T00:00:00+00:00")
BLANK = heads.head_of(FILE, append=False)


def listed(token: str) -> Publication:
    plain = heads.publication_of(FILE, "orders", "run", Partition("2024", "03", "05"), 2, token)
    return replace(plain, table="iceberg", rows=(3, 4), sizes=(100, 200))


def published(*publications: Publication) -> Head:
    head = BLANK
    for publication in publications:
        head = heads.publish(heads.intend(head, Intent(publication, "2024-03-05T00:20:00+00:00")), publication)
    return head


def test_objects_lie_apart_from_the_day_folders_of_plain_parquet() -> None:
    key = listed("t").object_keys()[1]
    assert key == f"orders/data/year=2024/month=03/day=05/run_{FILE.batch_id}_t_00001.snappy.parquet"
    assert heads.is_in_table(f"s3://curated/{listed('t').folder}", "orders")
    assert not heads.is_in_table("s3://curated/orders/year=2024/month=03/day=05/", "orders")


def test_a_replaced_publication_leaves_the_table_in_the_commit_that_the_new_one_enters_it() -> None:
    head = published(listed("one"), listed("two"))
    assert (head.leaving, heads.entering(head), head.obsolete) == ((listed("one"),), (listed("two"),), ())
    after = heads.followed(head, (listed("two"),), (listed("one"),))
    assert not after.pending and after.published == listed("two") and after.rev == head.rev + 1


def test_a_table_that_followed_an_older_head_leaves_the_newer_one_s_work_open() -> None:
    head = heads.followed(published(listed("one"), listed("two")), (listed("one"),), ())
    assert heads.entering(head) == (listed("two"),) and head.leaving == (listed("one"),)
    assert heads.followed(head, (), ()) is head, "nothing is written where nothing changed"


def test_what_is_taken_back_leaves_the_table_and_is_not_deleted() -> None:
    head = heads.unpublish(published(listed("one")))
    assert (head.published, head.leaving, head.obsolete, head.entering) == (None, (listed("one"),), (), False)


def test_copies_of_an_attempt_that_was_never_shown_are_deleted() -> None:
    head = heads.withdraw(heads.intend(BLANK, Intent(listed("one"), "2024-03-05T00:20:00+00:00")), listed("one"))
    assert (head.obsolete, head.leaving) == ((listed("one"),), ())


def test_a_late_finalizer_does_not_delete_what_was_shown_and_replaced_since() -> None:
    """Its answer was lost: it published, another replaced that, a table may list it still."""
    replaced = published(listed("one"), listed("two"))
    assert heads.withdraw(replaced, listed("one")).leaving == (listed("one"),)
    assert heads.withdraw(replaced, listed("one")).obsolete == ()
    followed = heads.followed(replaced, (listed("two"),), (listed("one"),))
    late = heads.withdraw(followed, listed("one"))
    assert (late.leaving, late.obsolete) == ((listed("one"),), ()), "the table says whether a snapshot lists it"


def test_plain_parquet_that_a_table_replaces_is_deleted_as_ever() -> None:
    plain = replace(listed("one"), table="", rows=(), sizes=())
    head = published(plain, listed("two"))
    assert (head.obsolete, head.leaving, heads.entering(head)) == ((plain,), (), (listed("two"),))


def test_a_head_that_a_table_has_to_follow_is_the_sweep_s_and_survives_its_item() -> None:
    head = published(listed("one"), listed("two"))
    item = head_item(head)
    assert (item["open_state"], item["updated_at"]) == ("HEAD", DUE_NOW)
    assert item_head(item) == head
    assert "open_state" not in head_item(heads.followed(head, (listed("two"),), (listed("one"),)))
