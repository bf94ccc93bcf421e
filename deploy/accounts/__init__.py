"""Accounts at the sensors' Mosquitto.

In: a city's name, from the command line. Out: a password shown once, the password file and access list that Mosquitto
reads, and the accounts of our own processes.
"""
