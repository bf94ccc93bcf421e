{{- define "stadspuls.name" -}}
{{- if contains "stadspuls" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-stadspuls{{ end }}
{{- end }}

{{- /* What selects the pods of a kind: `root`, `component`, and where there are several of it `part`. */}}
{{- define "stadspuls.selector" -}}
app.kubernetes.io/name: stadspuls
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .part }}
stadspuls/bridge: {{ . }}
{{- end }}
{{- end }}

{{- define "stadspuls.labels" -}}
{{ include "stadspuls.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- /* What each kind connects to: its settings and its network policy are both made of this. */}}
{{- define "stadspuls.connections" -}}
bridge: [kafka, mqtt]
streams: [kafka, influxdb]
sink: [kafka, influxdb]
api: [kafka, influxdb]
archive: [influxdb]
publisher: [kafka, influxdb, publicMqtt]
door: [kafka]
pollers: [sending, foreignApis]
simulators: [sending]
replays: [sending]
setup: [kafka]
boards: [grafana]
{{- end }}

{{- /* The kinds that run, those that end left out. */}}
{{- define "stadspuls.running" -}}
{{- $kinds := list "bridge" "streams" "sink" "api" }}
{{- if .Values.archive.enabled }}{{ $kinds = append $kinds "archive" }}{{ end }}
{{- if .Values.publicMqtt.enabled }}{{ $kinds = append $kinds "publisher" }}{{ end }}
{{- if .Values.door.enabled }}{{ $kinds = append $kinds "door" }}{{ end }}
{{- if .Values.pollers.enabled }}{{ $kinds = append $kinds "pollers" }}{{ end }}
{{- if .Values.simulators.enabled }}{{ $kinds = concat $kinds (list "simulators" "replays") }}{{ end }}
{{- toYaml $kinds }}
{{- end }}

{{- /* The ports of a list of addresses or URLs, each once. */}}
{{- define "stadspuls.ports" -}}
{{- $ports := list }}
{{- range splitList "," . }}
{{- $address := trim . }}
{{- if regexMatch ":[0-9]+/?$" $address }}
{{- $ports = append $ports (regexFind "[0-9]+/?$" $address | trimSuffix "/" | int) }}
{{- else if hasPrefix "https://" $address }}
{{- $ports = append $ports 443 }}
{{- else if hasPrefix "http://" $address }}
{{- $ports = append $ports 80 }}
{{- end }}
{{- end }}
{{- toYaml (uniq $ports) }}
{{- end }}

{{- /* Values that contradict each other stop here, with one line. */}}
{{- define "stadspuls.check" -}}
{{- $values := .Values }}
{{- if and (ne $values.published.accessMode "ReadWriteMany") (or (gt (int $values.api.replicas) 1) $values.api.autoscaling.enabled) }}
{{- fail "api.replicas: several API pods share registries, pages and archive, and need published.accessMode ReadWriteMany" }}
{{- end }}
{{- if gt (int $values.streams.replicas) (int $values.kafka.partitions) }}
{{- fail "streams.replicas: more workers than kafka.partitions would have nothing to do" }}
{{- end }}
{{- $cities := $values.moving }}
{{- $others := 0 }}
{{- $names := list }}
{{- range $values.bridges }}
{{- $names = append $names .name }}
{{- $cities = concat $cities (.cities | default list) }}
{{- if .others }}{{ $others = add1 $others }}{{ end }}
{{- if eq (empty .cities) (not .others) }}
{{- fail (printf "bridges: %s has cities, or `others: true`, and not both" .name) }}
{{- end }}
{{- end }}
{{- if ne (len $cities) (len (uniq $cities)) }}{{ fail "bridges, moving: a city has one bridge, or is on the move" }}{{ end }}
{{- if ne (len $names) (len (uniq $names)) }}{{ fail "bridges: each has a name of its own" }}{{ end }}
{{- if ne (int $others) 1 }}
{{- fail "bridges: exactly one takes the others, so that no topic is nobody's" }}
{{- end }}
{{- if and $values.publicMqtt.enabled (not (and $values.publicMqtt.host $values.publicMqtt.existingSecret)) }}
{{- fail "publicMqtt: host and existingSecret are wanted" }}
{{- end }}
{{- if and (eq $values.kafka.security "sasl_tls") (not $values.kafka.existingSecret) }}
{{- fail "kafka.existingSecret: sasl_tls wants an account" }}
{{- end }}
{{- if and (or $values.pollers.enabled $values.simulators.enabled) (not $values.mqtt.sendingSecret) }}
{{- fail "mqtt.sendingSecret: pollers and simulators want an account that writes" }}
{{- end }}
{{- if and $values.door.enabled (not $values.keysSecret) }}
{{- fail "keysSecret: nobody comes in at the door without keys" }}
{{- end }}
{{- if and $values.grafana.enabled (not (and $values.grafana.url $values.grafana.existingSecret)) }}
{{- fail "grafana: url and existingSecret are wanted" }}
{{- end }}
{{- if and $values.ingress.enabled (not $values.ingress.host) }}{{ fail "ingress.host is wanted" }}{{ end }}
{{- range list "cities" "themes" }}
{{- if and (get $values.registry .) (get $values.registry (printf "%sConfigMap" .)) }}
{{- fail (printf "registry: %s or %sConfigMap, and not both" . .) }}
{{- end }}
{{- end }}
{{- end }}
