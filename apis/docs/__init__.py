"""The documentation of the interfaces, which works without internet.

In: the routes, the events, the error codes. Out: `/docs`, `/docs/errors`, `/openapi.json`, `/asyncapi.json`.
"""
