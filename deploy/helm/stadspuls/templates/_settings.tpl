{{- /* Settings of a process: what all have, and what its connections want. `root`, `component`. */}}
{{- define "stadspuls.environment" -}}
{{- $values := .root.Values }}
{{- $connections := get (include "stadspuls.connections" .root | fromYaml) .component }}
- {name: STADSPULS_PROFILE, value: real}
- {name: STADSPULS_DATA_DIR, value: /data}
- {name: STADSPULS_LOG_LEVEL, value: {{ $values.log.level }}}
- {name: STADSPULS_LOG_FORMAT, value: json}
- {name: STADSPULS_PUBLIC_URL, value: {{ $values.publicUrl | quote }}}
- {name: STADSPULS_OPERATOR_NAME, value: {{ $values.operator.name | quote }}}
- {name: STADSPULS_OPERATOR_EMAIL, value: {{ $values.operator.email | quote }}}
- {name: STADSPULS_PARTITIONS, value: {{ $values.kafka.partitions | quote }}}
{{- if has "kafka" $connections }}
- {name: STADSPULS_KAFKA_BOOTSTRAP, value: {{ $values.kafka.bootstrap | quote }}}
- {name: STADSPULS_TOPIC_PREFIX, value: {{ $values.kafka.topicPrefix | quote }}}
- {name: STADSPULS_REPLICATION, value: {{ $values.kafka.replication | quote }}}
- {name: STADSPULS_KAFKA_SECURITY, value: {{ $values.kafka.security }}}
{{- if eq $values.kafka.security "sasl_tls" }}
- {name: STADSPULS_KAFKA_MECHANISM, value: {{ $values.kafka.mechanism }}}
- {name: STADSPULS_KAFKA_USERNAME, valueFrom: {secretKeyRef: {name: {{ $values.kafka.existingSecret }}, key: username}}}
- {name: STADSPULS_KAFKA_PASSWORD_FILE, value: /secrets/kafka/password}
{{- end }}
{{- if $values.kafka.caSecret }}
- {name: STADSPULS_KAFKA_CA, value: /certificates/kafka/ca.crt}
{{- end }}
{{- end }}
{{- if has "influxdb" $connections }}
- {name: STADSPULS_INFLUX_URL, value: {{ $values.influxdb.url | quote }}}
- {name: STADSPULS_INFLUX_ORG, value: {{ $values.influxdb.org | quote }}}
- {name: STADSPULS_INFLUX_BUCKET, value: {{ $values.influxdb.bucket | quote }}}
- {name: STADSPULS_INFLUX_TOKEN_FILE, value: /secrets/influxdb/token}
{{- if $values.influxdb.caSecret }}
- {name: STADSPULS_INFLUX_CA, value: /certificates/influxdb/ca.crt}
{{- end }}
{{- end }}
{{- if or (has "mqtt" $connections) (has "sending" $connections) }}
{{- $account := ternary $values.mqtt.existingSecret $values.mqtt.sendingSecret (has "mqtt" $connections) }}
- {name: STADSPULS_MQTT_HOST, value: {{ $values.mqtt.host | quote }}}
- {name: STADSPULS_MQTT_PORT, value: {{ $values.mqtt.port | quote }}}
- {name: STADSPULS_MQTT_TLS, value: {{ $values.mqtt.tls | quote }}}
- {name: STADSPULS_MQTT_USERNAME, valueFrom: {secretKeyRef: {name: {{ $account }}, key: username}}}
- {name: STADSPULS_MQTT_PASSWORD_FILE, value: /secrets/mqtt/password}
{{- if has "mqtt" $connections }}
- {name: STADSPULS_MQTT_CLIENT_ID, valueFrom: {secretKeyRef: {name: {{ $account }}, key: client-id}}}
{{- end }}
{{- if $values.mqtt.caSecret }}
- {name: STADSPULS_MQTT_CA, value: /certificates/mqtt/ca.crt}
{{- end }}
{{- end }}
{{- if and $values.publicMqtt.enabled (has .component (list "api" "publisher")) }}
{{- /* The API tells everyone of it, and connects to nothing. */}}
- {name: STADSPULS_PUBLIC_MQTT_HOST, value: {{ $values.publicMqtt.host | quote }}}
- {name: STADSPULS_PUBLIC_MQTT_PORT, value: {{ $values.publicMqtt.port | quote }}}
- {name: STADSPULS_PUBLIC_MQTT_URL, value: {{ $values.publicMqtt.url | quote }}}
{{- if has "publicMqtt" $connections }}
- {name: STADSPULS_PUBLIC_MQTT_USERNAME, valueFrom: {secretKeyRef: {name: {{ $values.publicMqtt.existingSecret }}, key: username}}}
- {name: STADSPULS_PUBLIC_MQTT_PASSWORD_FILE, value: /secrets/public-mqtt/password}
{{- end }}
{{- end }}
{{- if has .component (list "api" "door") }}
{{- if $values.keysSecret }}
- {name: STADSPULS_KEYS_FILE, value: /secrets/keys/keys.json}
{{- end }}
{{- end }}
{{- if has "grafana" $connections }}
- {name: STADSPULS_GRAFANA_URL, value: {{ $values.grafana.url | quote }}}
- {name: STADSPULS_GRAFANA_TOKEN_FILE, value: /secrets/grafana/token}
{{- end }}
{{- end }}

{{- /* Where its secrets lie: a list of {place, secret, items}. Each pod gets its own and no other. */}}
{{- define "stadspuls.secrets" -}}
{{- $values := .root.Values }}
{{- $connections := get (include "stadspuls.connections" .root | fromYaml) .component }}
{{- if has "kafka" $connections }}
{{- if eq $values.kafka.security "sasl_tls" }}
- {place: /secrets/kafka, secret: {{ $values.kafka.existingSecret }}, key: password}
{{- end }}
{{- with $values.kafka.caSecret }}
- {place: /certificates/kafka, secret: {{ . }}, key: ca.crt}
{{- end }}
{{- end }}
{{- if has "influxdb" $connections }}
- {place: /secrets/influxdb, secret: {{ $values.influxdb.existingSecret }}, key: token}
{{- with $values.influxdb.caSecret }}
- {place: /certificates/influxdb, secret: {{ . }}, key: ca.crt}
{{- end }}
{{- end }}
{{- if or (has "mqtt" $connections) (has "sending" $connections) }}
- {place: /secrets/mqtt, secret: {{ ternary $values.mqtt.existingSecret $values.mqtt.sendingSecret (has "mqtt" $connections) }}, key: password}
{{- with $values.mqtt.caSecret }}
- {place: /certificates/mqtt, secret: {{ . }}, key: ca.crt}
{{- end }}
{{- end }}
{{- if has "publicMqtt" $connections }}
- {place: /secrets/public-mqtt, secret: {{ $values.publicMqtt.existingSecret }}, key: password}
{{- end }}
{{- if and $values.keysSecret (has .component (list "api" "door")) }}
- {place: /secrets/keys, secret: {{ $values.keysSecret }}, key: keys.json}
{{- end }}
{{- if has "grafana" $connections }}
- {place: /secrets/grafana, secret: {{ $values.grafana.existingSecret }}, key: token}
{{- end }}
{{- end }}
