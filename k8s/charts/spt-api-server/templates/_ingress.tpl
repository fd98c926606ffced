{{/* One rule of the release's host: a path and the service behind it. */}}
{{- define "spt.ingressSpec" -}}
{{- with .root.Values.ingress.className }}
ingressClassName: {{ . }}
{{- end }}
{{- with .root.Values.ingress.tlsSecret }}
tls:
  - hosts: [{{ $.root.Values.ingress.host }}]
    secretName: {{ . }}
{{- end }}
rules:
  - host: {{ .root.Values.ingress.host }}
    http:
      paths:
        - path: {{ .path }}
          pathType: Prefix
          backend: {service: {name: {{ .service }}, port: {name: http}}}
{{- end }}
