"""The local cloud's server: our gateway in front of moto's application, in one process, at one URL.

The gateway owns what moto has no engine for (event source mappings, Invoke, Glue job runs, EventBridge targets); the
rest reaches moto untouched. Runtimes take their work from the internal API:

    GET  /_local/health                          {"status": "ok", "runtimes": <number attached>}
    GET  /_local/calls                           every kind of API call so far: principal, service, operation, count
    GET  /_local/attach                          held open by a runtimes process: its end is that process's end
    GET  /_local/glue/next?wait=<seconds>        {"run": JobRun, "job": Job} of a waiting run, now taken; 204: none came
    GET  /_local/glue/runs/<id>                  {"run", "job"}: JobRunState STOPPING asks the executor to end the run
    POST /_local/glue/runs/<id>                  {"state", "error"?} -> {"state": the state the record has now}
    GET  /_local/lambda/next?wait=<seconds>      an invocation to run, now taken; 204: none came
    POST /_local/lambda/invocations/<id>         {"payload", "function_error"?}: its result
    GET  /_local/lambda/functions/<name>         the deployed function: configuration and a revision
    GET  /_local/lambda/functions/<name>/code    the deployed zip
    GET, PUT /_local/clock                       {"fired_until": epoch seconds or null} of the scheduler
"""
