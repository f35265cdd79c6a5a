job "prometheus" {
  datacenters = ["*"]
  type        = "service"

  group "monitoring" {
    count = 1

    network {
      port "prometheus_ui" {
        static = 9090
      }
    }

    restart {
      attempts = 2
      interval = "30m"
      delay    = "15s"
      mode     = "fail"
    }

    ephemeral_disk {
      size = 300
    }

    task "prometheus" {
      template {
        change_mode   = "signal"
        change_signal = "SIGHUP"
        destination   = "local/prometheus.yml"

        data = <<EOH
---
global:
  scrape_interval:     15s
  evaluation_interval: 15s

alerting:
  alertmanagers:
  - static_configs:
    - targets: ['alerts.lan:9093']

scrape_configs:

  - job_name: 'nomad_metrics'

    metrics_path: /v1/metrics
    params:
      format: ['prometheus']

    static_configs:
    - targets: ['{{ env "NOMAD_IP_prometheus_ui" }}:4646']

  - job_name: 'nodes'
    static_configs:
{{ range nomadService "node-exporter" }}
    - targets: ['{{ .Address }}:{{ .Port }}']
      labels:
        instance: '{{ .Node }}'
{{ end }}
EOH
      }

      template {
        left_delimiter  = "[["
        right_delimiter = "]]"
        destination     = "local/rules.yml"
        data            = <<EOH
groups:
- name: house
  rules:
  - alert: NodeDown
    expr: up == 0
    for: 10m
    annotations:
      summary: "{{ $labels.instance }} is gone"
      value: "{{ $value }} in [[ env "node.datacenter" ]]"
EOH
      }

      driver = "docker"

      config {
        image = "prom/prometheus:v2.53.0"

        volumes = [
          "local/prometheus.yml:/etc/prometheus/prometheus.yml",
          "local/rules.yml:/etc/prometheus/rules.yml",
        ]

        ports = ["prometheus_ui"]
      }

      service {
        name     = "prometheus"
        provider = "nomad"
        tags     = ["urlprefix-/"]
        port     = "prometheus_ui"

        check {
          name     = "prometheus_ui port alive"
          type     = "http"
          path     = "/-/healthy"
          interval = "10s"
          timeout  = "2s"
        }
      }
    }
  }
}
