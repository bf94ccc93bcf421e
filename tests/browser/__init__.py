"""The pages as people meet them.

In: a whole embedded platform with the shipped cities. Out: what a headless Chromium shows, says and asks for.
A package, so that its browser and platform end with this folder's tests (fixtures of scope `package`).
"""
