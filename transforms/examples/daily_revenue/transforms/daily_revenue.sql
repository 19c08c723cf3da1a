/*
dataset: daily_revenue
description: Revenue and transactions of each day by customer segment
inputs: [transactions]
references: [customer_segments]
materialise: replace_day
schedule: on_arrival
conserves:
  aggregate:
    sum(amount): sum(revenue)
    count(*): sum(transactions)
columns:
  - {name: segment, type: string, description: "Segment of the customer, or unknown"}
  - {name: revenue, type: "decimal(28,2)", description: "Sum of the amounts"}
  - {name: transactions, type: bigint, description: "How many there were"}
gates: {overall: 90, completeness: 100}
*/
with segments as (
    select customer_id, min(segment) as segment from customer_segments group by customer_id
)
select
    coalesce(s.segment, 'unknown') as segment,
    cast(sum(t.amount) as decimal(28, 2)) as revenue,
    count(*) as transactions
from transactions t
left join segments s on s.customer_id = t.customer_id
group by coalesce(s.segment, 'unknown')
