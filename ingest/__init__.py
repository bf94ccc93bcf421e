"""The bridge (`service.run_bridge`): decodes nothing, drops nothing, keeps the order of every dataset.

In: MQTT messages, each acknowledged once Kafka has its frame. Out: frames on the topic `messages`.
Between both stands an outbox: Kafka's now, a spool on disk is another of the same form.
"""
