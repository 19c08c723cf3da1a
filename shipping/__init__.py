"""Builds what is deployed: function zips, the Glue zip and script, contracts, wheels (`make package`).

The same input gives the same bytes on any machine. The folder is not called "packaging": that name is a PyPI module's.
"""
