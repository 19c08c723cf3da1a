"""`python -m glue_etl.cli`: the same as the command `glue-etl`."""

from glue_etl.cli import main

main()
