{{/*
Pod of a one-off command of the jobs' side. It names the settings and does not hold them: a Job cannot be changed.
A hook runs before the ConfigMap is there, and the migration needs none of them.
*/}}
{{- define "spt.jobPod" -}}
metadata:
  labels: {{ include "spt.labels" . | nindent 4 }}
spec:
  {{- include "spt.pod" (dict "root" .root) | nindent 2 }}
  restartPolicy: {{ .restartPolicy | default "OnFailure" }}
  {{- if not .hook }}
  {{- include "spt.schema" . | nindent 2 }}
  {{- end }}
  containers:
    - name: {{ .component }}
      image: {{ .image }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: {{ toJson .command }}
      {{- include "spt.container" dict | nindent 6 }}
      env:
        - {name: HOME, value: /tmp}
        {{- include "spt.secretFiles" (include "spt.workerKeys" . | fromYamlArray) | nindent 8 }}
      {{- if not .hook }}
      envFrom:
        - configMapRef: {name: {{ include "spt.name" .root }}}
      {{- end }}
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
