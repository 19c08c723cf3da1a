"""The console: one page (`page/`) on the API of glue_etl.access, and the server that gives both to one person on this machine."""
