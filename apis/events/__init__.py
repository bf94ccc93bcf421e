"""Live streams: server-sent events and WebSocket, resumable by position.

In: the published log, from the store up to where memory begins and from memory to what is published now. Out: every
observation once and in order to each subscriber, `snapshot`, `stale`, `gap` and `slow`, and heartbeats.
"""
