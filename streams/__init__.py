"""Streams: frames of undecoded messages in, published observations out.

In: topic `messages`. Out: topic `observations`, one frame for every input frame, and topic `rejected`.
Steps (decode, check, deduplicate, derive, publish) are plain functions; `app`, `takeover`, `writer` wire them to Kafka.
"""
