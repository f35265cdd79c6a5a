variable "datacenters" {
  description = "Where it may run"
  type        = list(string)
  default     = ["home"]
}

variable "grafana_version" {
  type    = string
  default = "11.2.0"
}

variable "domain" {
  type    = string
  default = "lan.example"
}

job "grafana" {
  datacenters = var.datacenters

  group "grafana" {
    network {
      port "http" {
        to = 3000
      }
    }

    ephemeral_disk {
      size    = 500
      sticky  = true
      migrate = true
    }

    service {
      name     = "grafana"
      port     = "http"
      provider = "nomad"

      tags = [
        "traefik.enable=true",
        "traefik.http.routers.grafana.rule=Host(`grafana.${var.domain}`)",
        "traefik.http.routers.grafana.entrypoints=https",
      ]

      check {
        type     = "http"
        path     = "/api/health"
        interval = "30s"
        timeout  = "5s"

        check_restart {
          limit = 3
          grace = "90s"
        }
      }
    }

    task "grafana" {
      driver = "docker"
      user   = "472"

      config {
        image = "grafana/grafana:${var.grafana_version}"
        ports = ["http"]
      }

      env {
        GF_SERVER_ROOT_URL  = "https://grafana.${var.domain}/"
        GF_SERVER_HTTP_PORT = "${NOMAD_PORT_http}"
        GF_PATHS_DATA       = "${NOMAD_ALLOC_DIR}/data"
        GF_PATHS_PROVISIONING = "/local/provisioning"
      }

      artifact {
        source      = "https://dashboards.example/node-exporter.json"
        destination = "local/dashboards/node.json"
        mode        = "file"

        options {
          checksum = "sha256:6e2f3d9f2f7a1d53a1df4a7e94f1e43dd2d6e9b6ae1c2a3ddab8f05fdcd7d2a1"
        }
      }

      template {
        destination = "local/provisioning/datasources/prometheus.yml"
        data        = <<EOF
apiVersion: 1
datasources:
{{- range nomadService "prometheus" }}
  - name: Prometheus
    type: prometheus
    access: proxy
    url: http://{{ .Address }}:{{ .Port }}
    isDefault: true
{{- end }}
EOF
      }

      resources {
        cpu    = 200
        memory = 256
      }
    }
  }
}
