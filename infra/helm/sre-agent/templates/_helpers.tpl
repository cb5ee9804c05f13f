{{- define "sre-agent.labels" -}}
app.kubernetes.io/part-of: sre-agent
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* The head of an object of this namespace. Of: root, name, and labels of its own. */}}
{{- define "sre-agent.metadata" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "sre-agent.labels" .root | nindent 2 }}
{{- end }}

{{- define "sre-agent.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* What every container has in common. */}}
{{- define "sre-agent.container" -}}
image: {{ include "sre-agent.image" . }}
{{- with .Values.image.pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
envFrom:
  - configMapRef: { name: {{ .Values.environment.configMap }}, optional: true }
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end }}

{{/* What every pod has in common. */}}
{{- define "sre-agent.pod" -}}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end }}

{{/* The host and port of an MCP server inside the cluster. Of: root, name. */}}
{{- define "sre-agent.host" -}}
{{ .name }}.{{ .root.Release.Namespace }}.svc:8001
{{- end }}

{{/* The rules of a role that is kept in infra/kubernetes. Of: root, file, kind. */}}
{{- define "sre-agent.rules" -}}
{{- $kind := .kind -}}
{{- range regexSplit "(?m)^---$" (.root.Files.Get .file) -1 -}}
{{- $object := fromYaml . -}}
{{- if eq $object.kind $kind -}}
{{ toYaml $object.rules }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* profile.toml: the given settings, and what follows from the other values. */}}
{{- define "sre-agent.profile" -}}
{{- $root := . -}}
{{- $writers := .Values.writers -}}
{{- $settings := merge (dict "cluster" .Values.cluster "writes" (or $writers.kubernetes.enabled $writers.ssm.enabled)) .Values.responder.settings -}}
{{- $servers := dict -}}
{{- range $name := list "kubernetes" "cloudwatch" "prometheus" "ssm" -}}
{{- if (index $root.Values.servers $name).enabled -}}
{{- $_ := set $servers $name (include "sre-agent.address" (dict "root" $root "name" $name "token" "reader") | fromYaml) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $settings "remote_servers" $servers -}}
{{- $remote := dict -}}
{{- range $name, $writer := $writers -}}
{{- if $writer.enabled -}}
{{- $address := dict "root" $root "name" (printf "%s-writer" $name) "token" "writer" -}}
{{- $_ := set $remote $name (include "sre-agent.address" $address | fromYaml) -}}
{{- end -}}
{{- end -}}
{{- if $remote -}}{{- $_ := set $settings "remote_writers" $remote -}}{{- end -}}
{{- if $writers.kubernetes.enabled -}}{{- $_ := set $settings "allow_namespaces" $writers.kubernetes.namespaces -}}{{- end -}}
{{- if and $writers.kubernetes.enabled $writers.kubernetes.nodes -}}{{- $_ := set $settings "allow_nodes" $writers.kubernetes.nodes -}}{{- end -}}
{{- if $writers.ssm.enabled -}}{{- $_ := set $settings "allow_documents" $writers.ssm.documents -}}{{- end -}}
{{- if .Values.backup.enabled -}}{{- $_ := set $settings "backup_to" .Values.backup.to -}}{{- end -}}
{{ toToml $settings }}
{{- end }}

{{/* How the responder reaches a server. TLS is a mesh's, or the network's. Of: root, name, token. */}}
{{- define "sre-agent.address" -}}
url: http://{{ include "sre-agent.host" . }}/mcp
token_file: /run/sre-agent/{{ .token }}
plain_http_is_trusted: true
{{- end }}
