"""Reads sources: the only importer of dlt and of database drivers. Gives pages of rows; lands nothing itself."""
