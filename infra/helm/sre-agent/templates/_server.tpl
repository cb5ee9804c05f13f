{{/* One MCP server: Deployment, Service and PodDisruptionBudget. Of: root, name, command, account, token, args, and
     whether its pods are given the token of their service account. */}}
{{- define "sre-agent.server" -}}
{{- $label := printf "sre-agent-%s" .name -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "sre-agent.metadata" . | nindent 2 }}
spec:
  replicas: {{ .root.Values.servers.replicas }}
  selector:
    matchLabels: { app.kubernetes.io/name: {{ $label }} }
  strategy:
    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 }
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{ $label }}
        app.kubernetes.io/component: server
      {{- with .root.Values.podAnnotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ .account }}
      automountServiceAccountToken: {{ .mounted }}
      terminationGracePeriodSeconds: 40 # calls under way have 25 seconds
      {{- include "sre-agent.pod" .root | nindent 6 }}
      containers:
        - name: server
          {{- include "sre-agent.container" .root | nindent 10 }}
          command: [{{ .command }}]
          args:
            - --transport=http
            - --host=0.0.0.0
            - --port=8001
            - --allowed-host={{ include "sre-agent.host" . }}
            - --tls-ends-upstream # a mesh's, or the network's
            - --token-file=/run/sre-agent/{{ .token }}
            {{- range .args }}
            - {{ . | quote }}
            {{- end }}
          ports:
            - { name: mcp, containerPort: 8001 }
          resources:
            {{- toYaml .root.Values.servers.resources | nindent 12 }}
          startupProbe: { httpGet: { path: /healthz, port: mcp }, periodSeconds: 2, failureThreshold: 30 }
          livenessProbe: { httpGet: { path: /healthz, port: mcp }, periodSeconds: 10, timeoutSeconds: 5 }
          readinessProbe: { httpGet: { path: /readyz, port: mcp }, periodSeconds: 5, timeoutSeconds: 5 }
          volumeMounts:
            - { name: token, mountPath: /run/sre-agent, readOnly: true }
            - { name: tmp, mountPath: /tmp }
      volumes:
        - name: token
          secret:
            secretName: {{ .root.Values.tokens.secret }}
            defaultMode: 0440
            items: [{ key: {{ .token }}, path: {{ .token }} }]
        - name: tmp
          emptyDir: { sizeLimit: 128Mi }
---
apiVersion: v1
kind: Service
metadata:
  {{- include "sre-agent.metadata" . | nindent 2 }}
spec:
  selector: { app.kubernetes.io/name: {{ $label }} }
  ports:
    - { name: mcp, port: 8001, targetPort: mcp }
{{- include "sre-agent.budget" (dict "root" .root "name" .name "label" $label) }}
{{- end }}

{{/* Of: root, name, label. */}}
{{- define "sre-agent.budget" }}
{{- if .root.Values.podDisruptionBudget.enabled }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "sre-agent.metadata" . | nindent 2 }}
spec:
  maxUnavailable: {{ .root.Values.podDisruptionBudget.maxUnavailable }}
  selector:
    matchLabels: { app.kubernetes.io/name: {{ .label }} }
{{- end }}
{{- end }}
