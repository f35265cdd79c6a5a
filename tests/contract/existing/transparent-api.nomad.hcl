job "transparent-api" {
  datacenters = ["dc1"]

  group "api" {
    network {
      mode = "bridge"
      port "health" {
        to = -1
      }
    }

    service {
      name = "transparent-api"
      port = "9001"

      check {
        type     = "http"
        path     = "/health"
        expose   = true
        interval = "5s"
        timeout  = "2s"
        success_before_passing   = 2
        failures_before_critical = 3
        failures_before_warning  = 1
      }

      connect {
        sidecar_service {
          proxy {
            local_service_address = "127.0.0.1"
            local_service_port    = 9001

            transparent_proxy {
              uid                    = "101"
              outbound_port          = 15001
              exclude_inbound_ports  = ["8500"]
              exclude_outbound_ports = [443, 80]
              exclude_outbound_cidrs = ["10.0.0.0/8"]
              exclude_uids           = ["120"]
              no_dns                 = true
            }

            expose {
              path {
                path            = "/health"
                protocol        = "http"
                local_path_port = 9001
                listener_port   = "health"
              }
            }
          }
        }
      }
    }

    task "api" {
      driver = "docker"
      config {
        image = "hashicorpdev/counter-api:v3"
      }
    }
  }
}
