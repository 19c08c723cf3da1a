"""Executes the Lambda functions that are deployed in the local cloud, from their own zips, as AWS would."""
