{{- /*
The pod of a kind: `root`, `component`, `part`, `args`, `own` (its values), and where they differ from the usual:
`settings` (more environment), `probes`, `ports`, `data` (a claim's name, or `template`), `ends` (it runs once),
`bare` (it needs no registry), `grace` (seconds).
*/}}
{{- define "stadspuls.pod" -}}
{{- $values := .root.Values }}
{{- $secrets := include "stadspuls.secrets" . | fromYamlArray }}
metadata:
  labels:
    {{- include "stadspuls.labels" . | nindent 4 }}
  annotations:
    # City and theme files are put in force when a pod starts.
    stadspuls/registry: {{ toJson $values.registry | sha256sum }}
    {{- with $values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .grace | default 30 }}
  {{- if .ends }}
  restartPolicy: Never
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . | quote }}
  {{- end }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - {name: {{ . }}}
    {{- end }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if not .ends }}
  topologySpreadConstraints:
    {{- range $values.spread }}
    - maxSkew: 1
      topologyKey: {{ . | quote }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "stadspuls.selector" (dict "root" $.root "component" $.component) | nindent 10 }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 10001
    runAsGroup: 10001
    fsGroup: 10001
    fsGroupChangePolicy: OnRootMismatch
    seccompProfile: {type: RuntimeDefault}
  {{- if not .bare }}
  initContainers:
    - name: registry
      {{- include "stadspuls.container" . | nindent 6 }}
      args: [registry, apply]
      env:
        - {name: STADSPULS_PROFILE, value: real}
        - {name: STADSPULS_DATA_DIR, value: /data}
      resources: {requests: {cpu: 50m, memory: 128Mi}, limits: {memory: 256Mi}}
      volumeMounts:
        {{- include "stadspuls.folders" . | nindent 8 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      {{- include "stadspuls.container" . | nindent 6 }}
      args: {{ toJson .args }}
      env:
        {{- include "stadspuls.environment" . | nindent 8 }}
        {{- with .settings }}
        {{- . | nindent 8 }}
        {{- end }}
      {{- if .ports }}
      ports:
        {{- range .ports }}
        - {name: {{ .name }}, containerPort: {{ .port }}}
        {{- end }}
      {{- end }}
      {{- with .probes }}
      {{- . | nindent 6 }}
      {{- end }}
      resources:
        {{- toYaml .own.resources | nindent 8 }}
      volumeMounts:
        {{- include "stadspuls.folders" . | nindent 8 }}
        {{- range $secrets }}
        - {name: {{ base (dir .place) }}-{{ base .place }}, mountPath: {{ .place }}, readOnly: true}
        {{- end }}
  volumes:
    - {name: tmp, emptyDir: {sizeLimit: 64Mi}}
    {{- if not .data }}
    - {name: data, emptyDir: {sizeLimit: 256Mi}}
    {{- else if ne .data "template" }}
    - {name: data, persistentVolumeClaim: {claimName: {{ .data }}}}
    {{- end }}
    {{- if not .bare }}
    {{- range list "cities" "themes" }}
    {{- $name := include "stadspuls.files" (dict "root" $.root "kind" .) }}
    {{- if $name }}
    - {name: {{ . }}, configMap: {name: {{ $name }}}}
    {{- end }}
    {{- end }}
    {{- end }}
    {{- range $secrets }}
    - name: {{ base (dir .place) }}-{{ base .place }}
      secret: {secretName: {{ .secret }}, defaultMode: 0440, items: [{key: {{ .key }}, path: {{ .key }}}]}
    {{- end }}
{{- end }}

{{- /* What all containers have. */}}
{{- define "stadspuls.container" -}}
image: {{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end }}

{{- /* The ConfigMap of city or theme files; empty where those of the image are meant. */}}
{{- define "stadspuls.files" -}}
{{- $registry := .root.Values.registry }}
{{- if get $registry .kind }}{{ include "stadspuls.name" .root }}-{{ .kind }}
{{- else }}{{ get $registry (printf "%sConfigMap" .kind) }}
{{- end }}
{{- end }}

{{- define "stadspuls.folders" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /data}
{{- if not .bare }}
{{- range list "cities" "themes" }}
{{- if include "stadspuls.files" (dict "root" $.root "kind" .) }}
- {name: {{ . }}, mountPath: /app/{{ . }}, readOnly: true}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Ready: its loop gets its work done. Alive: it has not for ten minutes, which a start anew may cure. */}}
{{- define "stadspuls.working" -}}
startupProbe:
  httpGet: {path: /health/live, port: tell}
  periodSeconds: 5
  failureThreshold: 60
readinessProbe:
  httpGet: {path: /health/live, port: tell}
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: {path: /health/live, port: tell}
  periodSeconds: 30
  timeoutSeconds: 5
  failureThreshold: 20
{{- end }}

{{- define "stadspuls.tell" -}}
[{"name": "tell", "port": 9464}]
{{- end }}
