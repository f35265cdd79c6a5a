job "countdash" {
  datacenters = ["dc1"]

  group "api" {
    network {
      mode = "bridge"
    }

    service {
      name = "count-api"
      port = "9001"

      connect {
        sidecar_service {}
      }
    }

    task "web" {
      driver = "docker"

      config {
        image          = "hashicorpdev/counter-api:v3"
        auth_soft_fail = true
      }
    }
  }

  group "dashboard" {
    network {
      mode     = "bridge"
      hostname = "dashboard"

      port "http" {
        static = 9002
        to     = 9002
      }

      cni {
        args = {
          "nomad.region" = "eu"
          "team"         = "house"
        }
      }
    }

    service {
      name = "count-dashboard"
      port = "http"

      meta {
        version = "v3"
      }
      canary_meta {
        version = "canary"
      }
      canary_tags = ["canary"]
      tagged_addresses {
        wan = "203.0.113.7"
      }

      connect {
        sidecar_service {
          tags = ["sidecar"]
          disable_default_tcp_check = true

          proxy {
            upstreams {
              destination_name = "count-api"
              local_bind_port  = 8080

              mesh_gateway {
                mode = "local"
              }
            }
            upstreams {
              destination_name       = "redis"
              datacenter             = "dc2"
              local_bind_socket_path = "/alloc/redis.sock"
              config {
                connect_timeout_ms = 3000
              }
            }
            config {
              protocol = "http"
            }
          }
        }

        sidecar_task {
          name = "envoy"
          resources {
            cpu    = 50
            memory = 48
          }
          logs {
            max_files     = 2
            max_file_size = 2
          }
          env {
            ENVOY_LOG = "warn"
          }
          shutdown_delay = "5s"
          volume_mount {
            volume      = "certs"
            destination = "/certs"
          }
        }
      }
    }

    volume "certs" {
      type   = "host"
      source = "certs"
    }

    task "dashboard" {
      driver = "docker"

      env {
        COUNTING_SERVICE_URL = "http://${NOMAD_UPSTREAM_ADDR_count_api}"
      }

      config {
        image          = "hashicorpdev/counter-dashboard:v3"
        auth_soft_fail = true
      }
    }
  }
}
