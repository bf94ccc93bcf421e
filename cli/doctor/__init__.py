"""`stadspuls doctor`: everything that can be wrong with a platform, looked at and told with its cure.

In: settings, files, the system, the servers. Out: findings. Nothing is changed.
"""
