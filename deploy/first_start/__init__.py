"""What a platform in containers needs before its first start: secrets, accounts at its servers.

In: settings, a folder for secrets. Out: an InfluxDB that is set up, tokens and passwords as files for those who need
them and nobody else.
"""
