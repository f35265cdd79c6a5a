job "terminating-gateway" {
  datacenters = ["dc1"]

  group "gateway" {
    network {
      mode = "bridge"
    }

    service {
      name = "api-gateway"

      connect {
        gateway {
          proxy {}

          terminating {
            service {
              name = "count-api"
            }
            service {
              name     = "billing"
              ca_file  = "/etc/certs/ca.pem"
              key_file = "/etc/certs/key.pem"
              cert_file = "/etc/certs/cert.pem"
              sni      = "billing.internal"
            }
          }
        }
      }
    }
  }
}
