job "mesh-gateway" {
  datacenters = ["dc1"]
  group "mesh-gateway-one" {
    network {
      mode = "bridge"
      port "mesh_wan" { host_network = "public" }
    }
    service {
      name = "mesh-gateway"
      port = "mesh_wan"
      connect {
        gateway {
          mesh { /* nothing is set here */ }
          proxy { }
        }
      }
    }
  }
}
