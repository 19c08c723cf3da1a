"""All that is done to a piece of a file, on Arrow: read, type, enrich, hold to its contract, write, count, audit.

Needs neither Spark nor AWS: bytes come in by ByteSource, files go out through a folder. Drivers (Spark's tasks, a plain
process) choose the pieces and bring the results together; every rule is here once.
"""
