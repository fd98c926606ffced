{{/* Pod of a one-off command of the jobs' side. Its settings are inline: as a hook it runs before the ConfigMap is there. */}}
{{- define "spt.jobPod" -}}
metadata:
  labels: {{ include "spt.labels" . | nindent 4 }}
spec:
  {{- include "spt.pod" (dict "root" .root) | nindent 2 }}
  restartPolicy: {{ .restartPolicy | default "OnFailure" }}
  {{- if .awaitSchema }}
  {{- include "spt.awaitSchema" . | nindent 2 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ .image }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: {{ toJson .command }}
      {{- include "spt.container" dict | nindent 6 }}
      env:
        - {name: HOME, value: /tmp}
        {{- range $name, $value := include "spt.settings" .root | fromYaml }}
        - {name: {{ $name }}, value: {{ $value | quote }}}
        {{- end }}
        {{- include "spt.secretFiles" (include "spt.workerKeys" . | fromYamlArray) | nindent 8 }}
      resources: {{ toYaml .resources | nindent 8 }}
      volumeMounts:
        - {name: secrets, mountPath: /run/secrets/spt, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        {{- if .archive }}
        - {name: archive, mountPath: /archive{{ if eq .archive "read" }}, readOnly: true{{ end }}}
        {{- end }}
  volumes:
    {{- include "spt.secretVolume" (dict "root" .root "keys" (include "spt.workerKeys" . | fromYamlArray)) | nindent 4 }}
    - name: tmp
      emptyDir: {sizeLimit: {{ .root.Values.tmpSize }}}
    {{- if .archive }}
    - name: archive
      persistentVolumeClaim:
        claimName: {{ include "spt.claim" (dict "root" .root "name" "archive" "volume" .root.Values.archive) }}
    {{- end }}
{{- end }}

{{/* What tells one release of the programs from the next, in the name of a Job that cannot be changed. */}}
{{- define "spt.release" -}}
{{ include "spt.image" (dict "root" . "repository" "spt-worker") | sha256sum | trunc 8 }}
{{- end }}
