{{/* The release's name when it says what it is, so that objects are called spt-api-server-dev2-web-app. */}}
{{- define "spt.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{ $name | trunc 50 | trimSuffix "-" }}
{{- end }}

{{- define "spt.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "spt.labels" -}}
{{ include "spt.selector" . }}
app.kubernetes.io/part-of: spt-3g
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end }}

{{/* A label of the pods that tell metrics, whichever program they run. */}}
{{- define "spt.metricsLabel" -}}
{{- if .Values.metrics.enabled }}
spt3g.org/metrics: "true"
{{- end }}
{{- end }}

{{- define "spt.secret" -}}
{{ .Values.secret.name | default (printf "%s-secrets" (include "spt.name" .)) }}
{{- end }}

{{- define "spt.claim" -}}
{{ .volume.existingClaim | default (printf "%s-%s" (include "spt.name" .root) .name) }}
{{- end }}

{{/* An image of ours; the name of its repository is given. */}}
{{- define "spt.image" -}}
{{ printf "%s/%s:%s" .root.Values.image.registry .repository (.root.Values.image.tag | default .root.Chart.AppVersion) }}
{{- end }}
