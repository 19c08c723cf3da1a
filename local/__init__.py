"""The local cloud: the AWS APIs (moto behind our gateway) and the runtimes that execute what is deployed in it."""
