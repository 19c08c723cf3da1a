"""Sample data, made by code: the small known files of tests and docs, and any amount of realistic transactions.

The same seed gives the same bytes. No clock and no network here. Of what is deployed, the
health check alone writes files with it.
"""
