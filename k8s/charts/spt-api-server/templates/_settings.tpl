{{/*
What the programs read from their environment, as a map: what the chart decides, and what
config.settings gives. Empty settings are left out, so that the programs' defaults hold.
*/}}
{{- define "spt.settings" -}}
{{- if and .Values.ingress.enabled (not .Values.config.settings.SPT_TRUSTED_PROXIES) }}
{{- fail "config.settings.SPT_TRUSTED_PROXIES: name the networks of the ingress controller's pods, or all clients share one limit of rates" }}
{{- end }}
{{- range $name, $value := .Values.config.settings }}
{{- if $value }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
SPT_HOST: "0.0.0.0"
SPT_PORT: "8080"
SPT_PUBLIC_URL: {{ .Values.config.publicUrl | quote }}
{{- with .Values.config.basePath }}
SPT_BASE_PATH: {{ . | quote }}
{{- end }}
{{- if .Values.metrics.enabled }}
SPT_METRICS_PORT: {{ .Values.metrics.port | quote }}
{{- end }}
SPT_ARCHIVE: /archive
SPT_RESULTS: /results
SPT_SLOTS: {{ .Values.execute.slots | quote }}
SPT_CHILD_MEMORY_MB: {{ .Values.execute.childMemoryMiB | quote }}
{{- end }}

{{/* Where the files of a Secret's keys are; no secret is in an environment, which children inherit. */}}
{{- define "spt.secretFiles" -}}
{{- range . }}
- name: {{ . }}_FILE
  value: /run/secrets/spt/{{ . }}
{{- end }}
{{- end }}

{{/* A site's own certificate authorities, for whoever asks the identity provider. */}}
{{- define "spt.trustEnv" -}}
{{- if .Values.trust.configMap }}
- {name: SSL_CERT_FILE, value: /etc/spt/trust/{{ .Values.trust.key }}}
{{- end }}
{{- end }}

{{- define "spt.trustMount" -}}
{{- if .Values.trust.configMap }}
- {name: trust, mountPath: /etc/spt/trust, readOnly: true}
{{- end }}
{{- end }}

{{- define "spt.trustVolume" -}}
{{- with .Values.trust.configMap }}
- name: trust
  configMap: {name: {{ . }}}
{{- end }}
{{- end }}

{{- define "spt.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ include "spt.secret" .root }}
    defaultMode: 0440
    items:
      {{- range .keys }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end }}

{{/* Keys that workers and the migration need: they authenticate nobody. */}}
{{- define "spt.workerKeys" -}}
[SPT_DATABASE_URL, SPT_BROKER_URL]
{{- end }}
