{{/* Every pod: the restricted profile of Kubernetes' Pod Security Standards, and no account of the cluster. */}}
{{- define "spt.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user | default 1000 }}
  runAsGroup: {{ .user | default 1000 }}
  fsGroup: {{ .user | default 1000 }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "spt.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: {{ if hasKey . "readOnly" }}{{ .readOnly }}{{ else }}true{{ end }}
  capabilities: {drop: [ALL]}
{{- end }}

{{- define "spt.metricsPort" -}}
{{- if .Values.metrics.enabled }}
- {name: metrics, containerPort: {{ .Values.metrics.port }}}
{{- end }}
{{- end }}

{{/* Where pods of a Deployment go: apart from each other if that can be had. */}}
{{- define "spt.placement" -}}
{{- with .values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{ include "spt.selector" . | nindent 8 }}
{{- end }}

{{/*
Pods wait for the database and its schema. With the chart's own database nothing can migrate before
it runs, and an image may change under the same tag: there each pod migrates, one after the other.
Elsewhere the migration is a hook, which ends before pods start.
*/}}
{{- define "spt.schema" -}}
initContainers:
  - name: schema
    image: {{ .image }}
    imagePullPolicy: {{ .root.Values.image.pullPolicy }}
    command: [sptjobs, db, {{ .root.Values.postgresql.enabled | ternary "upgrade" "await" }}, --timeout, "300"]
    {{- include "spt.container" dict | nindent 4 }}
    env:
      - {name: HOME, value: /tmp}
      {{- include "spt.secretFiles" (include "spt.workerKeys" . | fromYamlArray) | nindent 6 }}
    envFrom:
      - configMapRef: {name: {{ include "spt.name" .root }}}
    resources:
      requests: {cpu: 50m, memory: 128Mi}
      limits: {memory: 256Mi}
    volumeMounts:
      - {name: secrets, mountPath: /run/secrets/spt, readOnly: true}
      - {name: tmp, mountPath: /tmp}
{{- end }}

{{/* A change of the configuration, or of rollme when the Secret changed, replaces pods. */}}
{{- define "spt.checksums" -}}
checksum/settings: {{ include "spt.settings" . | sha256sum }}
{{- with .Values.rollme }}
rollme: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Volumes of pods that see results and maps, with "tmpSize" for another size of /tmp. */}}
{{- define "spt.dataVolumes" -}}
{{- $values := .root.Values }}
- name: tmp
  emptyDir: {sizeLimit: {{ .tmpSize | default $values.tmpSize }}}
- name: results
  persistentVolumeClaim:
    claimName: {{ include "spt.claim" (dict "root" .root "name" "results" "volume" $values.results) }}
- name: archive
  persistentVolumeClaim:
    claimName: {{ include "spt.claim" (dict "root" .root "name" "archive" "volume" $values.archive) }}
    readOnly: true
{{- end }}
