"""The small file that tests, benchmarks and docs name by its content."""

TEST_CSV = """\
id,customer_id,transaction_date,amount
1,C001,2023-01-01,100.00
2,C002,2023-01-02,200.00
3,C003,2023-01-03,300.00
"""
