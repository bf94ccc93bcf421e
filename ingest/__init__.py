"""The bridge (`service.run_bridge`): decodes nothing, drops nothing, keeps the order of every dataset.

In: MQTT messages, each acknowledged once its frame is safe: in Kafka, or in the spool on disk. Out: frames on the
topic `messages`, in the order of their partition, those of the spool first. Beside it the door for devices that
speak HTTP only (`door`), and the pollers of foreign APIs (`pollers`), which speak to MQTT like any sensor.
"""
