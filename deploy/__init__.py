"""How Stadspuls is put on machines: embedded brokers now; server configuration and charts beside them.

In: settings. Out: running brokers, and where they listen.
"""
