job "ingress-gateway" {
  datacenters = ["dc1"]

  group "ingress-group" {
    network {
      mode = "bridge"

      # the port that clients come in by
      port "inbound" {
        static = 8080
        to     = 8080
      }
    }

    service {
      name = "my-ingress-service"
      port = "8080"

      connect {
        gateway {
          # proxy options for Envoy
          proxy {
            connect_timeout                     = "500ms"
            envoy_gateway_bind_tagged_addresses = true
            envoy_gateway_bind_addresses "default" {
              address = "0.0.0.0"
              port    = 8443
            }
            config {
              envoy_dns_discovery_type = "LOGICAL_DNS"
            }
          }

          # Consul configuration entry
          ingress {
            tls {
              enabled         = true
              tls_min_version = "TLSv1_2"
              cipher_suites   = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]
            }
            listener {
              port     = 8080
              protocol = "tcp"
              service {
                name = "uuid-api"
              }
            }
            listener {
              port     = 8443
              protocol = "http"
              service {
                name  = "web"
                hosts = ["web.example.org"]
                max_connections = 100
                request_headers {
                  add {
                    x-from = "ingress"
                  }
                  remove = ["x-secret"]
                }
              }
            }
          }
        }
      }
    }
  }

  group "generator" {
    network {
      mode = "host"
      port "api" {}
    }

    service {
      name = "uuid-api"
      port = "${NOMAD_PORT_api}"

      connect {
        native = true
      }
    }

    task "generate" {
      driver = "docker"

      config {
        image        = "hashicorpdev/uuid-api:v5"
        network_mode = "host"
      }

      env {
        BIND = "0.0.0.0"
        PORT = "${NOMAD_PORT_api}"
      }
    }
  }
}
